// What a graph costs, by the rows of its nodes.
#pragma once

#include "ir/graph.h"

namespace nnc {

/// Arithmetic operations of a node (OpRow::cost); none of a leaf.
double node_cost(const Graph& graph, NodeId id);
/// Of the live nodes.
double graph_cost(const Graph& graph);

} // namespace nnc
