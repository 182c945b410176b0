#include "compiler/rewrite/pattern.h"

namespace nnc::pattern {

std::optional<double> splat(const Graph& graph, Value value) {
  const Value source = literal_behind(graph, value);
  if (!source.valid() || !graph.type(source).scalar()) return std::nullopt;
  const Literal& literal = graph.attrs(source).literal("value");
  if (is_float(literal.type.dtype)) return literal_real(literal, 0);
  const std::int64_t integer = literal_integer(literal, 0);
  if (integer > (std::int64_t{1} << 53) || integer < -(std::int64_t{1} << 53)) return std::nullopt;
  return static_cast<double>(integer);
}

std::optional<Value> negated(const Graph& graph, Value value) {
  if (is(graph, value, "neg")) return operand(graph, value);
  if (!is(graph, value, "mul")) return std::nullopt;
  for (const auto& [factor, other] : both_orders(graph, value))
    if (is_splat(graph, factor, -1)) return other;
  return std::nullopt;
}

bool opposite(const Graph& graph, Value a, Value b) {
  if (negated(graph, a) == b || negated(graph, b) == a) return true;
  if (is(graph, a, "sub") && is(graph, b, "sub"))
    return operand(graph, a, 0) == operand(graph, b, 1) &&
           operand(graph, a, 1) == operand(graph, b, 0);
  const bool quotients = is(graph, a, "div") && is(graph, b, "div");
  if (!quotients && !(is(graph, a, "mul") && is(graph, b, "mul"))) return false;
  const auto one = splat(graph, operand(graph, a, 1)), other = splat(graph, operand(graph, b, 1));
  return one && other && *one == -*other && operand(graph, a) == operand(graph, b);
}

} // namespace nnc::pattern
