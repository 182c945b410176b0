#include "ir/interpret/run_plan.h"

namespace nnc::interpreter {
namespace {

NodePlan plan_node(const Graph& graph, NodeId id) {
  const Node& node = graph.node(id);
  const OpRow& row = *node.row;
  NodePlan plan{id};
  if (row.checks) {
    std::vector<Type> in, out;
    for (const Value value : graph.operands(node)) in.push_back(graph.type(value));
    for (int i = 0; i < node.result_count; ++i) out.push_back(graph.type(graph.result(id, i)));
    plan.checks = row.checks({in, out, graph.attrs(node)});
  }
  if (row.element || row.body) return plan;
  if (row.control)
    plan.control = row.control(graph.attrs(node));
  else
    plan.function = called_graph(graph, node);
  return plan;
}

} // namespace

const Graph* called_graph(const Graph& graph, const Node& node) {
  if (attr_position(*node.row, "function") < 0) return nullptr;
  return graph.attrs(node).body("function").graph.get();
}

RunPlan plan_run(const Graph& graph, std::span<const Value> wanted) {
  RunPlan plan;
  plan.wanted.assign(wanted.begin(), wanted.end());
  std::vector<bool> live(graph.node_count(), false);
  plan.uses.assign(graph.value_count(), 0);
  for (const Value value : wanted) {
    live[graph.node_of(value).id] = true;
    ++plan.uses[value.id];
  }
  for (std::uint32_t id = graph.node_count(); id-- > 0;) {
    if (!live[id]) continue;
    for (const Value value : graph.operands(NodeId{id})) {
      live[graph.node_of(value).id] = true;
      ++plan.uses[value.id];
    }
  }
  for (std::uint32_t id = 0; id < graph.node_count(); ++id)
    if (live[id]) plan.nodes.push_back(plan_node(graph, NodeId{id}));
  plan.elements.reserve(graph.value_count());
  for (std::uint32_t id = 0; id < graph.value_count(); ++id)
    plan.elements.push_back(graph.type(Value{id}).elements());
  return plan;
}

RunPlan& PlanCache::of_outputs(const Graph& body) {
  auto& plan = plans_[&body];
  if (!plan) {
    std::vector<Value> wanted;
    for (const Output& output : body.outputs) wanted.push_back(output.value);
    plan = std::make_unique<RunPlan>(plan_run(body, wanted));
  }
  return *plan;
}

} // namespace nnc::interpreter
