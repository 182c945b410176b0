#include "compiler/loops/loop_node.h"

namespace nnc {

std::optional<LoopNode> loop_at(const Graph& graph, NodeId id) {
  const Node& node = graph.node(id);
  if (!node.row->control) return std::nullopt;
  const Control control = node.row->control(graph.attrs(node));
  if (control.kind != ControlKind::loop) return std::nullopt;
  return LoopNode{id, loop_parts(graph, node, control)};
}

std::vector<LoopNode> loops_of(const Graph& graph) {
  std::vector<LoopNode> loops;
  const std::vector<bool> live = graph.live_nodes();
  for (std::uint32_t id = 0; id < graph.node_count(); ++id)
    if (live[id])
      if (auto loop = loop_at(graph, NodeId{id})) loops.push_back(std::move(*loop));
  return loops;
}

bool same_steps(const Graph& graph, const LoopNode& first, const LoopNode& second) {
  if (first.parts.length != second.parts.length) return false;
  if (second.parts.condition) return static_cast<bool>(first.parts.condition);
  if (!first.parts.condition) return first.parts.count == second.parts.count;
  const Node& node = graph.node(first.id);
  return second.parts.count == graph.result(first.id, node.result_count - 1);
}

void map_operands(LoopParts& parts, std::span<const Value> map) {
  for (auto* list : {&parts.carries, &parts.over, &parts.with})
    for (Value& value : *list) value = map[value.id];
  if (parts.count.valid()) parts.count = map[parts.count.id];
}

} // namespace nnc
