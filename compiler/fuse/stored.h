// Which values of a graph are stored, each by a kernel of its own at first.
//
// Everything else is computed where it is used. Stored are: outputs and updates, results of
// reductions and of loop-level bodies, operands that are checked as indices, values with
// arithmetic that are used by more than one stored value or under two index maps, operands of
// contractions that cost more than a scaling, and a value every few hundred nodes of a chain.
// Merging (compiler/fuse/merge.h) then takes back what need not be stored after all.
#pragma once

#include "ir/graph.h"

namespace nnc {

/// One entry per value of the graph: is it stored? Leaves and constants with more than one
/// element always count as stored (they have memory already), dead values as not.
std::vector<bool> choose_stored(const Graph& graph);

} // namespace nnc
