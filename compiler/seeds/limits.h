// Limits on how many seeds a derivative takes at a time.
//
// A limit is the attribute `chunk` of the nodes that ask (ir/grad_node.h), so that texts show it;
// `differentiate` keeps to it (compiler/seeds/chunks.h).
#pragma once

#include "ir/graph.h"

namespace nnc {

/// Which nodes with seeds are meant: sums over them alone, or those with a result for each as well.
enum class SeedUse : std::uint8_t { summed, any };

/// Seeds that a node in the graph, or in a body, takes at a time, at most; 0 without any.
std::int64_t most_seeds(const Graph& graph, SeedUse use = SeedUse::any);
/// The graph with nodes that take `most` seeds at a time, at most.
Graph limit_seeds(const Graph& graph, std::int64_t most, SeedUse use = SeedUse::any);

} // namespace nnc
