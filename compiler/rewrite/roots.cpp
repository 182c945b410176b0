// Roots of squares and of sums of squares, whose derivative is finite at 0 though that of the root
// is not: |x| and the length of a vector. Roots and powers of exponentials, which are exponentials.

#include "compiler/rewrite/lists.h"
#include "compiler/rewrite/magnitude.h"

#include <cmath>

namespace nnc {
namespace {

using namespace pattern;

constexpr int views_followed = 16;

bool is_square(const Graph& g, Value value) {
  return is(g, value, "mul") && operand(g, value, 0) == operand(g, value, 1);
}

/// Is it a sum of squares, perhaps times a positive number, so that its own derivative is 0 where
/// it is 0?
bool sum_of_squares(const Graph& g, Value value) {
  bool sums = false;
  for (int i = 0; i < views_followed; ++i) {
    if (is_square(g, value)) return sums;
    if (is(g, value, "dot")) return operand(g, value, 0) == operand(g, value, 1);
    const bool scaled = is(g, value, "mul") || is(g, value, "div");
    const auto factor = scaled ? splat(g, operand(g, value, 1)) : std::nullopt;
    sums = sums || is(g, value, "sum");
    if (!is(g, value, "sum") && !is(g, value, "reshape") && !is(g, value, "broadcast") &&
        !(factor && *factor > 0))
      return false;
    value = operand(g, value);
  }
  return false;
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
};

} // namespace

std::span<const Rewrite> root_rewrites() { return rows; }

} // namespace nnc
