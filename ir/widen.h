// A graph in f64 throughout: the same nodes, with every float dtype replaced. What rounding did to
// the one is seen beside the other.
#pragma once

#include "ir/graph.h"

namespace nnc {

struct WideGraph {
  Graph graph;
  std::vector<Value> map; ///< by value of the original; invalid for what nothing depends on
};

Literal widened(const Literal& literal);

/// Leaves, literals, attributes that are types or name a dtype, and bodies. The literals have the
/// numbers that they had: 0.1 in f32 stays what f32 made of it. E0203 and E0204 where a row has no
/// such node.
Result<WideGraph> widened(const Graph& graph);

} // namespace nnc
