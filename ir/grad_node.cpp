#include "ir/grad_node.h"

namespace nnc {

bool is_grad(const Graph& graph, const Node& node) {
  return node.row == graph.context().ops.find("grad");
}

bool has_derivatives(const Graph& graph) {
  const std::vector<bool> live = graph.live_nodes();
  for (std::uint32_t id = 0; id < graph.node_count(); ++id)
    if (live[id] && is_grad(graph, graph.node(NodeId{id}))) return true;
  return false;
}

GradOperands grad_operands(const Graph& graph, const Node& node) {
  const auto operands = graph.operands(node);
  const AttrView attrs = graph.attrs(node);
  const bool seeded = attrs.boolean("seeded");
  return {.of = operands[0],
          .seed = seeded ? operands[1] : Value{},
          .wrt = operands.subspan(seeded ? 2 : 1),
          .batched = attrs.boolean("batched"),
          .forward = attrs.boolean("forward"),
          .chunk = attrs.integer("chunk")};
}

std::vector<Value> build_grad(Builder& b, const GradOperands& operands) {
  std::vector<Value> all = {operands.of};
  if (operands.seed.valid()) all.push_back(operands.seed);
  all.insert(all.end(), operands.wrt.begin(), operands.wrt.end());
  return b.ops("grad", all,
               {{"wrt", static_cast<std::int64_t>(operands.wrt.size())},
                {"seeded", operands.seed.valid()},
                {"batched", operands.batched},
                {"forward", operands.forward},
                {"chunk", operands.chunk}});
}

bool is_seed_sum(const Graph& graph, const Node& node) {
  return node.row == graph.context().ops.find("sum_over_seeds");
}

SeedSumOperands seed_sum_operands(const Graph& graph, const Node& node) {
  const auto operands = graph.operands(node);
  return {.of = operands[0],
          .seed = operands[1],
          .seeds = operands[2],
          .chunk = graph.attrs(node).integer("chunk")};
}

Value build_seed_sum(Builder& b, const SeedSumOperands& operands) {
  return b.op("sum_over_seeds", {operands.of, operands.seed, operands.seeds},
              {{"chunk", operands.chunk}});
}

} // namespace nnc
