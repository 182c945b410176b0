#include "laws/derived_cost.h"

#include "compiler/pipeline.h"
#include "ir/control.h"
#include "ir/cost.h"
#include "ir/modes.h"

#include <fmt/format.h>

#include <algorithm>

namespace nnc {
namespace {

/// Levels of the tree that a product of `count` elements is.
int levels(std::int64_t count) {
  int levels = 0;
  for (std::int64_t width = 1; width < count; width *= 2) ++levels;
  return levels;
}

Cost loop_cost(const Control& loop) {
  Cost step = cost_of(*loop.body);
  if (loop.condition) {
    const Cost asked = cost_of(*loop.condition);
    step = {step.nodes + asked.nodes, step.operations + asked.operations};
  }
  return {step.nodes,
          step.operations * static_cast<double>(std::max<std::int64_t>(loop.length, 1))};
}

Cost branch_cost(const Control& branch) {
  const Cost one = cost_of(*branch.body), other = cost_of(*branch.otherwise);
  return {one.nodes + other.nodes, std::max(one.operations, other.operations)};
}

Cost cost_of_node(const Graph& graph, NodeId id) {
  const Node& node = graph.node(id);
  if (node.row->control) {
    const Control control = node.row->control(graph.attrs(node));
    Cost cost = control.kind == ControlKind::loop ? loop_cost(control) : branch_cost(control);
    cost.nodes += 1;
    return cost;
  }
  const double nodes =
      node.row->name == "prod" ? 4 * levels(graph.type(node.inputs[0]).elements()) : 1;
  return {nodes, node_cost(graph, id)};
}

/// A copy without outputs; `map` says where values went.
Graph copied(const Graph& from, std::vector<Value>& map) {
  Graph copy(from.context(), from.name);
  copy_live(from, copy, map, [&](NodeId id) { copy_node(from, id, copy, map); });
  copy.outputs.clear();
  copy.updates.clear();
  return copy;
}

std::vector<Value> mapped(const std::vector<Value>& values, const std::vector<Value>& map) {
  std::vector<Value> there;
  for (const Value value : values) there.push_back(map[value.id]);
  return there;
}

void add_outputs(Graph& graph, const Builder& b, const std::vector<Value>& values) {
  if (b.error()) throw InternalError(b.error()->message);
  for (const Value value : values)
    graph.outputs.push_back({"d" + std::to_string(graph.outputs.size()), value});
}

} // namespace

Cost cost_of(const Graph& graph) {
  Cost cost;
  const std::vector<bool> live = graph.live_nodes();
  for (std::uint32_t id = 0; id < graph.node_count(); ++id) {
    const Node& node = graph.node(NodeId{id});
    if (!live[id] || node.row->leaf || literal_behind(graph, node.first).valid()) continue;
    const Cost one = cost_of_node(graph, NodeId{id});
    cost = {cost.nodes + one.nodes, cost.operations + one.operations};
  }
  return cost;
}

Graph simplified_graph(Graph graph) {
  auto simple = run_pipeline(std::move(graph), {.stop_after = "simplify.3"});
  if (!simple) throw InternalError(simple.error().message);
  return std::move(simple->graph);
}

Cost simplified(Graph graph) { return cost_of(simplified_graph(std::move(graph))); }

Graph with_outputs(const Graph& from, const std::vector<Output>& outputs) {
  std::vector<Value> map;
  Graph copy = copied(from, map);
  for (const Output& output : outputs) copy.outputs.push_back({output.name, map[output.value.id]});
  return copy;
}

std::vector<Value> float_leaves(const Graph& graph, Value of) {
  const Graph needed = with_outputs(graph, {{"of", of}});
  std::vector<Value> found;
  for (const Value leaf : graph.inputs) {
    const auto same = [&](Value other) { return needed.leaf_name(other) == graph.leaf_name(leaf); };
    if (is_float(graph.type(leaf).dtype) && std::ranges::any_of(needed.inputs, same))
      found.push_back(leaf);
  }
  return found;
}

Graph with_gradient(const Graph& function, Value of, const std::vector<Value>& wrt) {
  std::vector<Value> map;
  Graph graph = copied(function, map);
  graph.outputs = {{"of", map[of.id]}};
  Builder b(graph);
  add_outputs(graph, b, build_grad(b, {map[of.id], {}, mapped(wrt, map)}));
  return graph;
}

Graph with_product(const Graph& function, Value of, const std::vector<Value>& wrt) {
  std::vector<Value> map;
  Graph graph = copied(function, map);
  Builder b(graph);
  std::vector<Value> vector;
  const std::vector<Value> variables = mapped(wrt, map);
  for (const Value variable : variables)
    vector.push_back(graph.add_leaf("direction" + std::to_string(vector.size()), Role::input,
                                    graph.type(variable), {}));
  add_outputs(graph, b, build_hvp(b, map[of.id], variables, vector));
  return graph;
}

std::string compare(const Cost& function, const Cost& derived, double factor, double spare,
                    WorstRatio& worst) {
  worst.nodes = std::max(worst.nodes, (derived.nodes - spare) / std::max(function.nodes, 1.0));
  worst.operations =
      std::max(worst.operations, derived.operations / std::max(function.operations, 1.0));
  if (derived.nodes <= factor * function.nodes + spare &&
      derived.operations <= factor * function.operations + spare)
    return "";
  return fmt::format("{} nodes and {} operations for {} and {}\n", derived.nodes,
                     derived.operations, function.nodes, function.operations);
}

} // namespace nnc
