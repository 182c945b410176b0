#include "frontends/host/check/rule_check.h"

#include "compiler/differentiate.h"
#include "frontends/host/check/compare_derivative.h"
#include "ir/grad_node.h"
#include "ir/interpret/interpreter.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace nnc {
namespace {

using Values = std::map<std::uint32_t, Literal>;

/// One node with leaves for operands.
class LoneNode {
public:
  LoneNode(const Graph& from, NodeId id, int result, const Values& values)
      : node_(from.node(id)), graph_(from.context(), "rule") {
    std::vector<Value> operands;
    for (const Value operand : from.operands(node_)) {
      operands.push_back(
          graph_.add_leaf("in." + std::to_string(operand.id), Role::input, from.type(operand), {}));
      if (graph_.inputs.size() > inputs_.size()) inputs_.push_back(values.at(operand.id));
    }
    std::vector<const Type*> types;
    for (int i = 0; i < node_.result_count; ++i) types.push_back(&from.type(from.result(id, i)));
    const NodeId copy = graph_.add_checked(*node_.row, operands, node_.attrs, node_.origin, types);
    graph_.outputs.push_back({"value", graph_.result(copy, result)});
  }

  /// For one operand: by the rule and by dual numbers, element by element where the row is
  /// element-wise, else along one direction.
  Result<std::optional<WrongRule>> check(int operand, double tolerance) const {
    const Value leaf = graph_.operands(
        graph_.producer(graph_.outputs[0].value))[static_cast<std::size_t>(operand)];
    const auto position =
        static_cast<std::size_t>(std::ranges::find(graph_.inputs, leaf) - graph_.inputs.begin());
    const bool elementwise = node_.row->elementwise;
    const auto numbers = [&](const Type& type, std::uint32_t seed) {
      return elementwise ? Direction(static_cast<std::size_t>(type.elements()), 1.0)
                         : uniform(type.elements(), seed, "rule");
    };
    const Direction seeds = numbers(graph_.type(graph_.outputs[0].value), 1);
    std::vector<Direction> tangents(inputs_.size());
    tangents[position] = numbers(graph_.type(leaf), 2);
    const auto duals = jvp_by_duals(graph_, inputs_, tangents);
    if (!duals) return duals.error();
    const auto gradient = by_rule(leaf, seeds);
    if (!gradient) return gradient.error();
    const auto slopes = elements(*gradient);
    if (elementwise) return worst_element(operand, slopes, (*duals)[0], tolerance);
    WrongRule sums;
    sums.operand = operand;
    double terms = 0;
    for (std::size_t i = 0; i < slopes.size(); ++i) {
      sums.rule += slopes[i] * tangents[position][i];
      terms += std::abs(slopes[i] * tangents[position][i]);
    }
    for (std::size_t i = 0; i < seeds.size(); ++i) sums.duals += seeds[i] * (*duals)[0][i];
    if (agree(sums.rule, sums.duals, terms, tolerance)) return std::optional<WrongRule>();
    return std::optional(sums);
  }

private:
  static bool agree(double a, double b, double scale, double tolerance) {
    if (std::isnan(a) && std::isnan(b)) return true;
    return a == b || std::abs(a - b) <= tolerance * std::max({scale, std::abs(a), std::abs(b)});
  }

  static std::optional<WrongRule> worst_element(int operand, std::span<const double> slopes,
                                                std::span<const double> duals, double tolerance) {
    std::optional<WrongRule> worst;
    for (std::size_t i = 0; i < slopes.size(); ++i) {
      if (agree(slopes[i], duals[i], 0, tolerance)) continue;
      const double error = std::abs(slopes[i] - duals[i]);
      if (worst && error <= std::abs(worst->rule - worst->duals)) continue;
      worst = WrongRule{{}, operand, static_cast<std::int64_t>(i), slopes[i], duals[i]};
    }
    return worst;
  }

  Result<Literal> by_rule(Value leaf, const Direction& seeds) const {
    Graph wanted(graph_.context(), graph_.name);
    std::vector<Value> map = begin_copy(graph_, wanted);
    for (std::uint32_t id = 0; id < graph_.node_count(); ++id)
      if (!map[graph_.node(NodeId{id}).first.id].valid())
        copy_node(graph_, NodeId{id}, wanted, map);
    Builder b(wanted);
    const Value of = map[graph_.outputs[0].value.id];
    const Type type = wanted.type(of);
    const Value seed = wanted.add_leaf("seed", Role::input, type, {});
    const std::vector<Value> variables{map[leaf.id]};
    const auto gradients = build_grad(b, {of, seed, variables, false});
    if (b.error()) return *b.error();
    wanted.outputs.push_back({"gradient", gradients[0]});
    std::vector<Literal> inputs = inputs_;
    inputs.push_back(f64_literal(type, seeds));
    auto values = interpret(differentiate(wanted, wanted.context()), inputs);
    if (!values) return values.error();
    return std::move((*values)[0]);
  }

  const Node& node_;
  Graph graph_;
  std::vector<Literal> inputs_;
};

/// By value, whether it depends on `variable`.
std::vector<bool> dependents(const Graph& graph, Value variable) {
  std::vector<bool> depends(graph.value_count(), false);
  depends[variable.id] = true;
  for (std::uint32_t id = 0; id < graph.node_count(); ++id) {
    const Node& node = graph.node(NodeId{id});
    if (std::ranges::any_of(graph.operands(node), [&](Value one) { return depends[one.id]; }))
      for (int i = 0; i < node.result_count; ++i) depends[graph.result(NodeId{id}, i).id] = true;
  }
  return depends;
}

} // namespace

Result<std::optional<WrongRule>> find_wrong_rule(const Graph& graph,
                                                 std::span<const Literal> inputs, Value variable,
                                                 double tolerance) {
  Values values;
  const auto ran = interpret(graph, inputs, {.watch = [&](Value value, const Literal& literal) {
                               values[value.id] = literal;
                             }});
  if (!ran) return ran.error();
  const auto depends = dependents(graph, variable);
  const auto live = graph.live_nodes();
  for (std::uint32_t id = 0; id < graph.node_count(); ++id) {
    const Node& node = graph.node(NodeId{id});
    if (!live[id] || !node.row->grad) continue;
    for (int result = 0; result < node.result_count; ++result) {
      if (!is_float(graph.type(graph.result(NodeId{id}, result)).dtype)) continue;
      const LoneNode alone(graph, NodeId{id}, result, values);
      for (int operand = 0; operand < node.input_count; ++operand) {
        const Value from = node.inputs[operand];
        if (!depends[from.id] || !is_float(graph.type(from).dtype)) continue;
        auto wrong = alone.check(operand, tolerance);
        if (!wrong) return wrong.error();
        if (!*wrong) continue;
        (*wrong)->node = NodeId{id};
        return wrong;
      }
    }
  }
  return std::optional<WrongRule>();
}

} // namespace nnc
