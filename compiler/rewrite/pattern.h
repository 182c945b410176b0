// What rewrites look for: small questions about values of a graph.
#pragma once

#include "ir/builder.h"

#include <array>

namespace nnc::pattern {

/// Is `value` made by the row `op`?
inline bool is(const Graph& graph, Value value, std::string_view op) {
  return graph.producer(value).row->name == op;
}

inline Value operand(const Graph& graph, Value value, int position = 0) {
  return graph.producer(value).inputs[position];
}

/// The one number that every element is: a scalar literal or a broadcast of one (floats and
/// integers; integers as the double they equal when that is exact).
std::optional<double> splat(const Graph& graph, Value value);
inline bool is_splat(const Graph& graph, Value value, double number) {
  const auto found = splat(graph, value);
  return found && *found == number;
}

/// The x of neg(x), or of x times -1.
std::optional<Value> negated(const Graph& graph, Value value);

/// Is b = -a, in whatever way that is written?
bool opposite(const Graph& graph, Value a, Value b);

/// The x of op(x).
inline std::optional<Value> argument_of(const Graph& graph, Value value, std::string_view op) {
  return is(graph, value, op) ? std::optional(operand(graph, value)) : std::nullopt;
}

/// Operand pairs of a commutative node in both orders.
struct Pair {
  Value first, second;
};
inline std::array<Pair, 2> both_orders(const Graph& graph, NodeId node) {
  const auto operands = graph.operands(node);
  return {Pair{operands[0], operands[1]}, Pair{operands[1], operands[0]}};
}
inline std::array<Pair, 2> both_orders(const Graph& graph, Value value) {
  return both_orders(graph, graph.node_of(value));
}

} // namespace nnc::pattern
