// Roots of squares and of sums of squares, whose derivative is finite at 0 though that of the root
// is not: |x| and the length of a vector. Roots and powers of exponentials, which are exponentials.

#include "compiler/rewrite/lists.h"
#include "compiler/rewrite/magnitude.h"

#include <cmath>

namespace nnc {
namespace {

using namespace pattern;

constexpr int parts_followed = 16;

bool is_square(const Graph& g, Value value) {
  return is(g, value, "mul") && operand(g, value, 0) == operand(g, value, 1);
}

/// A square below a sum, on the way there: `summed` once there was a sum.
struct Part {
  Value value;
  bool summed = false;
};

/// Is it a sum of squares, perhaps times positive numbers, so that its own derivative is 0 where
/// it is 0? Sums over axes, of two squares, and of such sums.
bool sum_of_squares(const Graph& g, Value value) {
  std::vector<Part> pending{{value}};
  for (int seen = 0; !pending.empty(); ++seen) {
    auto [part, summed] = pending.back();
    pending.pop_back();
    if (seen == parts_followed) return false;
    if (is_square(g, part)) {
      if (!summed) return false;
      continue;
    }
    if (is(g, part, "dot")) {
      if (operand(g, part, 0) != operand(g, part, 1)) return false;
      continue;
    }
    if (is(g, part, "add")) {
      for (const int side : {0, 1}) pending.push_back({operand(g, part, side), true});
      continue;
    }
    const bool scaled = is(g, part, "mul") || is(g, part, "div");
    const auto factor = scaled ? splat(g, operand(g, part, 1)) : std::nullopt;
    const bool sum = is(g, part, "sum");
    if (!sum && !is(g, part, "reshape") && !is(g, part, "broadcast") && !(factor && *factor > 0))
      return false;
    pending.push_back({operand(g, part), summed || sum});
  }
  return true;
}

Value sqrt_of_square(Builder& b, const Graph& g, NodeId node) {
  const Value x = g.operands(node)[0];
  return is_square(g, x) ? b.op("abs", {operand(g, x)}) : Value{};
}

/// The same value, with derivative 0 where the sum is 0: the branch that is not taken has a finite
/// one.
Value sqrt_of_squares(Builder& b, const Graph& g, NodeId node) {
  const Value s = g.operands(node)[0];
  if (!sum_of_squares(g, s)) return {};
  const Value zero = b.zeros_like(s), at_zero = b.op("eq", {s, zero});
  return b.select(at_zero, zero, b.op("sqrt", {b.select(at_zero, b.full(g.type(s), 1.0), s)}));
}

/// The s that sqrt_of_squares made this of.
std::optional<Value> square_of_length_of(const Graph& g, Value length) {
  if (!is(g, length, "select") || !is_splat(g, operand(g, length, 1), 0) ||
      !is(g, operand(g, length, 2), "sqrt"))
    return std::nullopt;
  const Value at_zero = operand(g, length, 0), root = operand(g, length, 2);
  const Value inner = operand(g, root);
  if (!is(g, inner, "select") || operand(g, inner, 0) != at_zero || !is(g, at_zero, "eq"))
    return std::nullopt;
  const Value s = operand(g, inner, 2);
  const bool whole = operand(g, at_zero, 0) == s && is_splat(g, operand(g, at_zero, 1), 0);
  return whole && sum_of_squares(g, s) ? std::optional(s) : std::nullopt;
}

/// The square of a length, whose second derivative at 0 is not 0 though that of the length is.
Value square_of_length(Builder&, const Graph& g, NodeId node) {
  const Value length = g.operands(node)[0];
  if (g.operands(node)[1] != length) return {};
  return square_of_length_of(g, length).value_or(Value{});
}

/// pow(x, 1/2) = sqrt(x) where x is no -0 and no -inf, at which the two differ.
Value sqrt_of_power(Builder& b, const Graph& g, NodeId node) {
  const Value x = g.operands(node)[0];
  if (!is_splat(g, g.operands(node)[1], 0.5)) return {};
  return is_square(g, x) || sum_of_squares(g, x) ? b.op("sqrt", {x}) : Value{};
}

/// sqrt(exp(x)) = exp(x/2), and likewise of what else vanishes or overflows with its derivative.
Value sqrt_of_exp(Builder& b, const Graph& g, NodeId node) {
  const Value x = g.operands(node)[0];
  return magnitude_of(g, x).extreme ? b.op("exp", {b.mul(b.op("log", {x}), 0.5)}) : Value{};
}

/// exp(x)^y = exp(x*y), but for powers that are products.
Value power_of_exp(Builder& b, const Graph& g, NodeId node) {
  const Value x = g.operands(node)[0], y = g.operands(node)[1];
  const auto exponent = splat(g, y);
  if (!magnitude_of(g, x).extreme || (exponent && std::round(*exponent) == *exponent)) return {};
  return b.op("exp", {b.mul(b.op("log", {x}), y)});
}

constexpr std::array rows = {
    Rewrite{"sqrt-of-exp", "sqrt", sqrt_of_exp},
    Rewrite{"power-of-exp", "pow", power_of_exp},
    Rewrite{"sqrt-of-square", "sqrt", sqrt_of_square},
    Rewrite{"sqrt-of-squares", "sqrt", sqrt_of_squares},
    Rewrite{"sqrt-of-power", "pow", sqrt_of_power},
    Rewrite{"square-of-length", "mul", square_of_length},
};

} // namespace

std::span<const Rewrite> root_rewrites() { return rows; }

} // namespace nnc
