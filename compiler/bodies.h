// Steps work on one graph; this takes them into the bodies of its loops and branches.
#pragma once

#include "ir/graph.h"

#include <functional>

namespace nnc {

/// What `change` makes of `graph`, with every body in that as `change` makes it, and so on: a
/// change may make bodies, and says what of them is needed. Signatures of bodies must stay.
Graph change_all(const Graph& graph, const std::function<Graph(const Graph&)>& change);

} // namespace nnc
