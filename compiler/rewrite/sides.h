// Graphs for looking at one rewrite: what it replaces and what it puts there, cut out of the graph
// that they stand in, in more digits, and with the noise that rounding may add.
#pragma once

#include "ir/graph.h"

namespace nnc {

/// The outputs `before` and `after`. What lies `depth` and more operations below both, nodes that a
/// pass dissolves and large products that are not near are leaves: a rewrite looks at less.
Graph cut_sides(const Graph& from, Value before, Value after, int depth);

/// The same computation in f64; nullopt when it depends on dtypes: casts and several floats.
std::optional<Graph> widened_sides(const Graph& graph);

/// A graph in which every float result is multiplied by a leaf of its own, `noise.0` and so on
/// behind the leaves of `from`. Leaves and literals are left alone, so that equal ones stay equal.
Graph with_noise(const Graph& from);

} // namespace nnc
