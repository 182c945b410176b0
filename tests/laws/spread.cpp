// What rounding may do to a function: narrower copies of it, and copies with noise.

#include "ir/builder.h"
#include "ir/interpret/interpreter.h"
#include "laws/random_graph.h"
#include "testing/checked.h"
#include "testing/laws/derived_sample.h"

#include <cmath>

namespace nnc {
namespace {

constexpr int draws = 4;

DType narrowed(DType dtype, DType to) { return dtype == DType::f64 ? to : dtype; }
Type narrowed(const Type& type, DType to) { return {narrowed(type.dtype, to), type.shape}; }

AttrValue narrowed(const AttrValue& value, DType to) {
  if (const auto* dtype = std::get_if<DType>(&value)) return narrowed(*dtype, to);
  if (const auto* type = std::get_if<Type>(&value)) return narrowed(*type, to);
  if (const auto* literal = std::get_if<Literal>(&value)) return narrowed(*literal, to);
  return value;
}

/// A copy in which every float input and float result is multiplied by an input of its own.
struct Noisy {
  Graph graph;
  std::vector<Type> factors; ///< the inputs after those of the original
};

Noisy with_noise(const Graph& from) {
  Noisy noisy{.graph = Graph(from.context(), from.name), .factors = {}};
  Graph& to = noisy.graph;
  std::vector<Value> map = begin_copy(from, to);
  Builder b(to);
  const auto disturb = [&](Value value) {
    const Type& type = from.type(value);
    if (!is_float(type.dtype)) return;
    const std::string name = "noise" + std::to_string(value.id);
    map[value.id] = b.mul(map[value.id], to.add_leaf(name, Role::input, type, {}));
    noisy.factors.push_back(type);
  };
  for (const Value leaf : from.inputs) disturb(leaf);
  for (std::uint32_t id = 0; id < from.node_count(); ++id) {
    const Node& node = from.node(NodeId{id});
    if (from.is_leaf(node.first)) continue;
    copy_node(from, NodeId{id}, to, map);
    if (node.row->literal) continue;
    for (std::uint32_t k = 0; k < node.result_count; ++k) disturb(Value{node.first.id + k});
  }
  finish_copy(from, to, map);
  return noisy;
}

} // namespace

Literal narrowed(const Literal& literal, DType to) {
  if (literal.type.dtype != DType::f64) return literal;
  return real_literal(narrowed(literal.type, to), elements_of(literal));
}

Graph narrowed(const Graph& graph, DType dtype) {
  Graph to(graph.context(), graph.name);
  std::vector<Value> map(graph.value_count());
  for (std::uint32_t id = 0; id < graph.node_count(); ++id) {
    const Node& node = graph.node(NodeId{id});
    if (graph.is_leaf(node.first)) {
      map[node.first.id] = to.add_leaf(graph.leaf_name(node.first), Role::input,
                                       narrowed(graph.type(node.first), dtype), {});
      continue;
    }
    std::vector<Value> operands;
    for (const Value operand : graph.operands(node)) operands.push_back(map[operand.id]);
    Attrs attrs = graph.context().attrs[node.attrs];
    for (AttrValue& value : attrs) value = narrowed(value, dtype);
    const auto copy = to.add(*node.row, operands, attrs, {});
    if (!copy) throw InternalError(copy.error().message);
    for (std::uint32_t k = 0; k < node.result_count; ++k)
      map[node.first.id + k] = to.result(*copy, static_cast<int>(k));
  }
  finish_copy(graph, to, map);
  return to;
}

std::vector<double> spread(const Graph& graph, std::span<const Literal> inputs, double relative) {
  const Noisy noisy = with_noise(graph);
  const std::vector<Literal> exact = checked(interpret(graph, inputs));
  std::vector<double> spread(exact.size());
  Random random(7);
  for (int draw = 0; draw < draws; ++draw) {
    std::vector<Literal> all(inputs.begin(), inputs.end());
    for (const Type& type : noisy.factors) {
      std::vector<double> factors = random.direction(type);
      for (double& factor : factors) factor = factor < 0 ? 1 - relative : 1 + relative;
      all.push_back(real_literal(type, factors));
    }
    const std::vector<Literal> moved = checked(interpret(noisy.graph, all));
    for (std::size_t i = 0; i < exact.size(); ++i) {
      if (!is_float(exact[i].type.dtype)) continue;
      for (std::int64_t k = 0; k < exact[i].type.elements(); ++k)
        spread[i] =
            std::max(spread[i], std::fabs(literal_real(exact[i], k) - literal_real(moved[i], k)));
    }
  }
  return spread;
}

} // namespace nnc
