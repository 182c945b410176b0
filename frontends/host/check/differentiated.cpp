#include "frontends/host/check/differentiated.h"

#include "ir/grad_node.h"

#include <algorithm>

namespace nnc {
namespace {

/// A pullback of a pullback with respect to its cotangent, a zero: forward mode is made so.
bool transposes(const Graph& graph, NodeId grad) {
  const Value variable = grad_operands(graph, graph.node(grad)).wrt[0];
  const Node* node = &graph.producer(variable);
  if (node->row->repeats || node->row->literal) return false;
  while (node->input_count == 1 && (node->row->opaque || node->row->repeats))
    node = &graph.producer(node->inputs[0]);
  return node->row->literal;
}

/// The name that the value has, if no leaf is called so.
std::string leaf_name(const Graph& from, const Graph& to, Value value, std::size_t number) {
  const std::string& name = from.value_name(value);
  const bool taken = name.empty() || std::ranges::any_of(to.inputs, [&](Value leaf) {
                       return to.leaf_name(leaf) == name;
                     });
  return taken ? "variable." + std::to_string(number) : name;
}

} // namespace

std::vector<Value> differentiated_leaves(const Graph& graph, NodeId grad) {
  const auto variables = grad_operands(graph, graph.node(grad)).wrt;
  std::vector<Value> leaves(variables.begin(), variables.end());
  for (std::uint32_t id = 0; id < grad.id; ++id)
    if (graph.node(NodeId{id}).row->stops_gradient &&
        is_float(graph.type(graph.result(NodeId{id})).dtype))
      leaves.push_back(graph.result(NodeId{id}));
  return leaves;
}

Differentiated cut_out(const Graph& from, NodeId grad, std::span<const Value> leaves) {
  Differentiated result{Graph(from.context(), from.name), {}};
  Graph& to = result.graph;
  std::vector<Value> map = begin_copy(from, to);
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    Value& mapped = map[leaves[i].id];
    if (!mapped.valid())
      mapped = to.add_leaf(leaf_name(from, to, leaves[i], i), Role::input, from.type(leaves[i]),
                           from.producer(leaves[i]).origin);
    const auto at = std::ranges::find(to.inputs, mapped) - to.inputs.begin();
    result.positions.push_back(static_cast<std::size_t>(at));
  }
  const Value of = from.operands(grad)[0];
  std::vector<bool> needed(from.node_count(), false);
  if (!map[of.id].valid()) needed[from.node_of(of).id] = true;
  for (std::uint32_t node = grad.id; node-- > 0;) {
    if (!needed[node]) continue;
    for (const Value operand : from.operands(NodeId{node}))
      if (!map[operand.id].valid()) needed[from.node_of(operand).id] = true;
  }
  for (std::uint32_t node = 0; node < grad.id; ++node)
    if (needed[node]) copy_node(from, NodeId{node}, to, map);
  to.outputs.push_back({"value", map[of.id]});
  return result;
}

int derivative_order(const Graph& graph, NodeId grad) {
  std::vector<int> order(grad.id + 1, 0);
  for (std::uint32_t node = 0; node <= grad.id; ++node) {
    for (const Value operand : graph.operands(NodeId{node}))
      order[node] = std::max(order[node], order[graph.node_of(operand).id]);
    if (is_grad(graph, graph.node(NodeId{node})) && !transposes(graph, NodeId{node})) ++order[node];
  }
  return order[grad.id];
}

} // namespace nnc
