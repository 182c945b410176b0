#include "compiler/rewrite/factors.h"
#include "compiler/rewrite/lists.h"

#include <cmath>
#include <utility>

namespace nnc {
namespace {

using namespace pattern;

Value first(const Graph& g, NodeId node) { return g.operands(node)[0]; }
Value second(const Graph& g, NodeId node) { return g.operands(node)[1]; }
bool floats(const Graph& g, Value value) { return is_float(g.type(value).dtype); }

// --- negation -----------------------------------------------------------------------------------

Value neg_of_neg(Builder&, const Graph& g, NodeId node) {
  return negated(g, first(g, node)).value_or(Value{});
}

/// -(a - b) = b - a
Value neg_of_sub(Builder& b, const Graph& g, NodeId node) {
  const Value x = first(g, node);
  return is(g, x, "sub") && floats(g, x) ? b.sub(operand(g, x, 1), operand(g, x, 0)) : Value{};
}

/// -(c * x) = (-c) * x
Value neg_of_scaled(Builder& b, const Graph& g, NodeId node) {
  const Value x = first(g, node);
  if (!is(g, x, "mul") || !floats(g, x)) return {};
  const auto factor = splat(g, operand(g, x, 1));
  return factor ? b.mul(operand(g, x, 0), -*factor) : Value{};
}

Value mul_of_negs(Builder& b, const Graph& g, NodeId node) {
  const Value x = first(g, node), y = second(g, node);
  if (splat(g, y)) { // (-x) * c = x * (-c)
    const auto inner = negated(g, x);
    return inner && floats(g, x) ? b.mul(*inner, -*splat(g, y)) : Value{};
  }
  const auto nx = negated(g, x), ny = negated(g, y);
  if (nx && ny) return b.mul(*nx, *ny);
  if (nx) return b.neg(b.mul(*nx, y));
  if (ny) return b.neg(b.mul(x, *ny));
  return {};
}

Value add_of_neg(Builder& b, const Graph& g, NodeId node) {
  const Value x = first(g, node), y = second(g, node);
  if (const auto ny = negated(g, y)) return b.sub(x, *ny);
  if (const auto nx = negated(g, x)) return b.sub(y, *nx);
  return {};
}

Value sub_of_neg(Builder& b, const Graph& g, NodeId node) {
  const Value x = first(g, node), y = second(g, node);
  if (const auto ny = negated(g, y)) return b.add(x, *ny);
  if (const auto nx = negated(g, x)) return b.neg(b.add(*nx, y));
  return {};
}

// --- constants ----------------------------------------------------------------------------------

Value constant_to_the_right(Builder& b, const Graph& g, NodeId node) {
  const Value x = first(g, node), y = second(g, node);
  return splat(g, x) && !splat(g, y) ? b.op(g.node(node).row->name, {y, x}) : Value{};
}

Value add_zero(Builder&, const Graph& g, NodeId node) {
  return is_splat(g, second(g, node), 0) ? first(g, node) : Value{};
}

Value mul_by_one(Builder&, const Graph& g, NodeId node) {
  return is_splat(g, second(g, node), 1) ? first(g, node) : Value{};
}

Value mul_by_zero(Builder&, const Graph& g, NodeId node) {
  return is_splat(g, second(g, node), 0) ? second(g, node) : Value{};
}

Value mul_by_minus_one(Builder& b, const Graph& g, NodeId node) {
  return is_splat(g, second(g, node), -1) ? b.neg(first(g, node)) : Value{};
}

Value zero_minus(Builder& b, const Graph& g, NodeId node) {
  return is_splat(g, first(g, node), 0) ? b.neg(second(g, node)) : Value{};
}

Value sub_itself(Builder& b, const Graph& g, NodeId node) {
  return first(g, node) == second(g, node) ? b.zeros_like(first(g, node)) : Value{};
}

/// x - c = x + (-c): constants of sums then meet.
Value sub_constant(Builder& b, const Graph& g, NodeId node) {
  const auto term = splat(g, second(g, node));
  return term && floats(g, first(g, node)) ? b.add(first(g, node), -*term) : Value{};
}

/// (x op c1) op c2 = x op (c1 op c2)
Value constants_meet(Builder& b, const Graph& g, NodeId node) {
  const std::string& op = g.node(node).row->name;
  const Value x = first(g, node);
  if (!floats(g, x) || !splat(g, second(g, node)) || !is(g, x, op)) return {};
  if (!splat(g, operand(g, x, 1))) return {};
  return b.op(op, {operand(g, x, 0), b.op(op, {operand(g, x, 1), second(g, node)})});
}

/// A quotient by a power of two is exactly a product; x/x and x/1 need no division.
Value easy_quotient(Builder& b, const Graph& g, NodeId node) {
  const Value x = first(g, node), y = second(g, node);
  if (!floats(g, x)) return {};
  if (x == y) return b.full(g.type(x), 1.0);
  if (is_splat(g, x, 0)) return x;
  const auto divisor = splat(g, y);
  int exponent = 0;
  if (!divisor || !std::isnormal(*divisor) || std::abs(std::frexp(*divisor, &exponent)) != 0.5)
    return {};
  return b.mul(x, 1.0 / *divisor);
}

/// (-x) / y = -(x / y), and likewise below.
Value quotient_of_neg(Builder& b, const Graph& g, NodeId node) {
  const Value x = first(g, node), y = second(g, node);
  if (!floats(g, x)) return {};
  if (const auto nx = negated(g, x)) return b.neg(b.div(*nx, y));
  if (const auto ny = negated(g, y)) return b.neg(b.div(x, *ny));
  return {};
}

/// (x / y) * y = x, (x * y) / (y * z) = x / z, ...: what the gradient of log(p) leaves of p.
Value equal_factors(Builder& b, const Graph& g, Value above, Value below) {
  return above == below && floats(g, above) ? b.full(g.type(above), 1) : Value{};
}

/// x*c1 + x*c2 = x*(c1+c2), x + x = x*2
Value like_terms(Builder& b, const Graph& g, NodeId node) {
  const Value x = first(g, node), y = second(g, node);
  if (!floats(g, x)) return {};
  if (x == y) return b.mul(x, 2.0);
  const auto parts = [&](Value v) -> std::pair<Value, double> {
    if (is(g, v, "mul"))
      if (const auto c = splat(g, operand(g, v, 1))) return {operand(g, v, 0), *c};
    return {v, 1.0};
  };
  const auto [vx, cx] = parts(x);
  const auto [vy, cy] = parts(y);
  return vx == vy ? b.mul(vx, cx + cy) : Value{};
}

/// (a + x) + x = a + x*2 and (a - x) - x = a - x*2: contributions to one cotangent that are equal.
Value twice_in_sum(Builder& b, const Graph& g, NodeId node) {
  const std::string& op = g.node(node).row->name;
  const Value inner = first(g, node), x = second(g, node);
  if (!floats(g, x) || !is(g, inner, op) || operand(g, inner, 1) != x) return {};
  return b.op(op, {operand(g, inner, 0), b.mul(x, 2.0)});
}

/// x*c + y*c = (x + y)*c and x*c - y*c = (x - y)*c, for constants c
Value common_factor(Builder& b, const Graph& g, NodeId node) {
  const Value x = first(g, node), y = second(g, node);
  if (!floats(g, x) || !is(g, x, "mul") || !is(g, y, "mul")) return {};
  const auto cx = splat(g, operand(g, x, 1)), cy = splat(g, operand(g, y, 1));
  if (!cx || !cy || std::abs(*cx) != std::abs(*cy)) return {};
  const bool minus = is(g, g.result(node), "sub") != (*cx != *cy);
  const Value u = operand(g, x, 0), v = operand(g, y, 0);
  // A negative first factor exchanges the sides, so that the constant that stays is positive.
  if (minus && *cx < 0) return b.mul(b.sub(v, u), -*cx);
  return b.mul(minus ? b.sub(u, v) : b.add(u, v), *cx);
}

/// (x + y) - x = y, and the like.
Value sum_minus_term(Builder&, const Graph& g, NodeId node) {
  const Value sum = first(g, node), term = second(g, node);
  if (!is(g, sum, "add") || !floats(g, sum)) return {};
  for (const auto& [other, same] : both_orders(g, sum))
    if (same == term) return other;
  return {};
}

Value easy_power(Builder& b, const Graph& g, NodeId node) {
  const Value x = first(g, node);
  const auto exponent = splat(g, second(g, node));
  if (!exponent || !floats(g, x)) return {};
  if (*exponent == 0) return b.full(g.type(x), 1.0);
  if (*exponent == 1) return x;
  if (*exponent == 2) return b.mul(x, x);
  if (*exponent == -1) return b.div(b.full(g.type(x), 1.0), x);
  return {};
}

// --- select, logic, inverses --------------------------------------------------------------------

Value easy_select(Builder& b, const Graph& g, NodeId node) {
  const auto operands = g.operands(node);
  if (operands[1] == operands[2]) return operands[1];
  if (const auto known = splat(g, operands[0])) return *known != 0 ? operands[1] : operands[2];
  if (is(g, operands[0], "not")) return b.select(operand(g, operands[0]), operands[2], operands[1]);
  // The inner select of one condition has its answer from the outer.
  if (is(g, operands[1], "select") && operand(g, operands[1]) == operands[0])
    return b.select(operands[0], operand(g, operands[1], 1), operands[2]);
  if (is(g, operands[2], "select") && operand(g, operands[2]) == operands[0])
    return b.select(operands[0], operands[1], operand(g, operands[2], 2));
  return {};
}

Value twice_itself(Builder&, const Graph& g, NodeId node) { // not(not x), reverse is in layout
  const Value x = first(g, node);
  return is(g, x, g.node(node).row->name) ? operand(g, x) : Value{};
}

Value same_operands(Builder&, const Graph& g, NodeId node) { // x and x, maximum(x, x), ...
  return first(g, node) == second(g, node) ? first(g, node) : Value{};
}

template <const char* inverse>
Value undo(Builder&, const Graph& g, NodeId node) {
  const Value x = first(g, node);
  return is(g, x, inverse) ? operand(g, x) : Value{};
}
constexpr char exp_name[] = "exp";

/// x != number, of a condition that is spelled so or as number - x != 0, which floats have exactly.
struct Unequal {
  Value x;
  double number;
};
std::optional<Unequal> unequal(const Graph& g, Value condition) {
  const bool turned = is(g, condition, "not");
  if (turned) condition = operand(g, condition);
  if (!is(g, condition, turned ? "eq" : "ne")) return std::nullopt;
  const Value x = operand(g, condition);
  const auto number = splat(g, operand(g, condition, 1));
  if (!number) return std::nullopt;
  if (*number == 0 && is(g, x, "sub"))
    if (const auto from = splat(g, operand(g, x))) return Unequal{operand(g, x, 1), *from};
  return Unequal{x, *number};
}

/// Nothing is equal to two numbers: x != 0 or 1 - x != 0 holds of every x. Numbers that are nearer
/// than a denormal, which counts as 0, could both be met.
Value unequal_to_one_of_two(Builder& b, const Graph& g, NodeId node) {
  constexpr double apart = 1e-30;
  const auto one = unequal(g, first(g, node)), other = unequal(g, g.operands(node)[1]);
  if (!one || !other || one->x != other->x) return {};
  if (!(std::abs(one->number - other->number) > apart)) return {};
  return b.full(g.type(g.result(node)), 1);
}

Value cast_of_cast(Builder& b, const Graph& g, NodeId node) {
  const Value x = first(g, node);
  const DType to = g.type(g.result(node)).dtype;
  if (g.type(x).dtype == to) return x;
  if (!is(g, x, "cast")) return {};
  // Widening and coming back changes nothing: f32 -> f64 -> f32.
  const Value inner = operand(g, x);
  const bool widened = is_float(g.type(inner).dtype) && is_float(g.type(x).dtype) &&
                       dtype_size(g.type(x).dtype) > dtype_size(g.type(inner).dtype);
  return widened && g.type(inner).dtype == to ? b.cast(inner, to) : Value{};
}

constexpr Meeting equals{"", equal_factors};

constexpr std::array rows = {
    Rewrite{"neg-of-neg", "neg", neg_of_neg},
    Rewrite{"neg-of-sub", "neg", neg_of_sub},
    Rewrite{"neg-of-scaled", "neg", neg_of_scaled},
    Rewrite{"constant-right", "add", constant_to_the_right},
    Rewrite{"constant-right", "mul", constant_to_the_right},
    Rewrite{"add-zero", "add", add_zero},
    Rewrite{"mul-by-zero", "mul", mul_by_zero},
    Rewrite{"mul-by-one", "mul", mul_by_one},
    Rewrite{"mul-by-minus-one", "mul", mul_by_minus_one},
    Rewrite{"constants-meet", "add", constants_meet},
    Rewrite{"constants-meet", "mul", constants_meet},
    Rewrite{"mul-of-negs", "mul", mul_of_negs},
    Rewrite{"equal-factors", "mul", across<equals>},
    Rewrite{"like-terms", "add", like_terms},
    Rewrite{"twice-in-sum", "add", twice_in_sum},
    Rewrite{"twice-in-sum", "sub", twice_in_sum},
    Rewrite{"common-factor", "add", common_factor},
    Rewrite{"common-factor", "sub", common_factor},
    Rewrite{"add-of-neg", "add", add_of_neg},
    Rewrite{"sub-itself", "sub", sub_itself},
    Rewrite{"zero-minus", "sub", zero_minus},
    Rewrite{"sub-constant", "sub", sub_constant},
    Rewrite{"sub-of-neg", "sub", sub_of_neg},
    Rewrite{"sum-minus-term", "sub", sum_minus_term},
    Rewrite{"easy-quotient", "div", easy_quotient},
    Rewrite{"equal-factors", "div", across<equals>},
    Rewrite{"quotient-of-neg", "div", quotient_of_neg},
    Rewrite{"easy-power", "pow", easy_power},
    Rewrite{"easy-select", "select", easy_select},
    Rewrite{"not-not", "not", twice_itself},
    Rewrite{"same-operands", "and", same_operands},
    Rewrite{"same-operands", "or", same_operands},
    Rewrite{"unequal-to-one-of-two", "or", unequal_to_one_of_two},
    Rewrite{"log-of-exp", "log", undo<exp_name>},
    Rewrite{"cast-of-cast", "cast", cast_of_cast},
};

} // namespace

std::span<const Rewrite> arithmetic_rewrites() { return rows; }

} // namespace nnc
