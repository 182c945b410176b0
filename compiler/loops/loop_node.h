// The loops of a graph, as the parts of the step `loops` look at them.
#pragma once

#include "ir/control.h"

namespace nnc {

/// A loop node of a graph, with its operands.
struct LoopNode {
  NodeId id;
  LoopParts parts; ///< values of the graph
};

std::optional<LoopNode> loop_at(const Graph& graph, NodeId id);
/// Those that something depends on, in id order.
std::vector<LoopNode> loops_of(const Graph& graph);

/// Do both take as many steps, whatever the operands are? If one is counted by what the other says,
/// that is the second.
bool same_steps(const Graph& graph, const LoopNode& first, const LoopNode& second);

/// Puts what values have become in the place of operands.
void map_operands(LoopParts& parts, std::span<const Value> map);

} // namespace nnc
