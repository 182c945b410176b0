// Steps work on one graph; this takes them into the bodies of its loops and branches, and is how
// they put other nodes in the place of some.
#pragma once

#include "ir/builder.h"

#include <functional>

namespace nnc {

/// What `change` makes of `graph`, with every body in that as `change` makes it, and so on: a
/// change may make bodies, and says what of them is needed. Signatures of bodies must stay.
Graph change_all(const Graph& graph, const std::function<Graph(const Graph&)>& change);

/// Rebuilds the live nodes in order: `build` gives the results of a node, or nothing, and then it
/// is copied. `map` has the operands.
using BuildNode = std::function<std::optional<std::vector<Value>>(Builder& b, NodeId node,
                                                                  std::vector<Value>& map)>;
Graph rebuilt(const Graph& from, const BuildNode& build);

/// Is each element of the node's one result computed of the operands' elements at the same place,
/// and of nothing else? Then its op can be applied to a part of each as well.
bool maps_elements(const Node& node);
/// The op of a node that maps elements, with its attributes, applied to operands of b's graph,
/// whose shape may be another one.
Value apply_op_of(Builder& b, const Graph& graph, NodeId id, std::span<const Value> operands);

} // namespace nnc
