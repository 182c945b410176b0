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

} // namespace nnc
