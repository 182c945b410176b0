// Loops without a bound that derivatives would go through: they have none.
#pragma once

#include "ir/graph.h"

namespace nnc {

/// Where a loop without a bound comes from that `of` depends on and that depends on one of `wrt`,
/// by floats; be it in a graph that a node holds.
std::optional<OriginId> unbounded_loop(const Graph& graph, Value of, std::span<const Value> wrt);

} // namespace nnc
