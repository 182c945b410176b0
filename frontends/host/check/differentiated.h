// What one `grad` node of a graph differentiates, cut out as a function of its own.
#pragma once

#include "ir/graph.h"

namespace nnc {

/// The variables of a `grad` node, then the results of `stop_gradient` before it: constants to
/// every derivative, so leaves like the variables.
std::vector<Value> differentiated_leaves(const Graph& graph, NodeId grad);

/// The function of `leaves` that node `grad` differentiates; its output is the value.
struct Differentiated {
  Graph graph;
  std::vector<std::size_t> positions; ///< of the leaves in graph.inputs
};
Differentiated cut_out(const Graph& from, NodeId grad, std::span<const Value> leaves);

/// How many derivatives lie above each other at a `grad` node: 1 plus those in what it
/// differentiates. The pairs that forward mode is made of count once.
int derivative_order(const Graph& graph, NodeId grad);

} // namespace nnc
