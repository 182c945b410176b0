// What a node of a graph costs, by its row.
#pragma once

#include "ir/graph.h"

namespace nnc {

/// Arithmetic operations of a node (OpRow::cost); none of a leaf.
double node_cost(const Graph& graph, NodeId id);

} // namespace nnc
