// Logarithms of products, quotients, powers and sums of what has a logarithm by the way it is made:
// what overflows or vanishes is never computed. log1p is the sum with 1.

#include "compiler/rewrite/logarithm.h"
#include "compiler/rewrite/addends.h"
#include "compiler/rewrite/lists.h"
#include "compiler/rewrite/magnitude.h"

#include <cmath>
#include <limits>
#include <numbers>

namespace nnc {
namespace {

using namespace pattern;

Value first(const Graph& g, NodeId node) { return g.operands(node)[0]; }
Value log(Builder& b, Value x) { return b.op("log", {x}); }
Value softplus(Builder& b, Value x) { return b.op("softplus", {x}); }

/// log(sigmoid(x)) = -softplus(-x)
Value log_of_sigmoid(Builder& b, const Graph& g, NodeId node) {
  const auto x = argument_of(g, first(g, node), "sigmoid");
  return x ? b.neg(softplus(b, b.neg(*x))) : Value{};
}

/// log(1 - sigmoid(x)) as the sum that `sub` and `neg` may have become: log1p(-sigmoid(x)).
Value log_of_one_minus(Builder& b, const Graph& g, NodeId node) {
  const auto inner = negated(g, first(g, node));
  const auto x = inner ? argument_of(g, *inner, "sigmoid") : std::nullopt;
  return x ? b.neg(softplus(b, *x)) : Value{};
}

/// log(exp(x) + exp(-x)) = (softplus(2x) + softplus(-2x))/2. Of both terms the one that vanishes is
/// 0, so that an infinite x is nothing special, and tanh(x) remains for a derivative.
Value log_of_opposites(Builder& b, Value x) {
  return b.mul(b.add(softplus(b, b.mul(x, 2.0)), softplus(b, b.mul(x, -2.0))), 0.5);
}

/// log(cosh(x)) = log(exp(x) + exp(-x)) - log(2)
Value log_of_cosh(Builder& b, const Graph& g, NodeId node) {
  const auto x = argument_of(g, first(g, node), "cosh");
  return x ? b.add(log_of_opposites(b, *x), -std::numbers::ln2) : Value{};
}

/// log(u*v) = log(u) + log(v) where one of them is extreme. It is positive, so that the logarithm
/// of the other is a number where that of the product is.
Value log_of_product(Builder& b, const Graph& g, NodeId node) {
  const Value product = first(g, node);
  if (!is(g, product, "mul")) return {};
  const Value u = operand(g, product, 0), v = operand(g, product, 1);
  if (!magnitude_of(g, u).extreme && !magnitude_of(g, v).extreme) return {};
  const auto factor = splat(g, v);
  if (factor && !(*factor > 0)) return {};
  return b.add(log(b, u), logarithm_of(b, g, v));
}

/// log(u/v) = log(u) - log(v), likewise; log(1/v) = -log(v)
Value log_of_quotient(Builder& b, const Graph& g, NodeId node) {
  const Value quotient = first(g, node);
  if (!is(g, quotient, "div")) return {};
  const Value u = operand(g, quotient, 0), v = operand(g, quotient, 1);
  if (is_splat(g, u, 1)) return b.neg(log(b, v));
  if (!magnitude_of(g, u).extreme && !magnitude_of(g, v).extreme) return {};
  for (const Value number : {u, v})
    if (const auto known = splat(g, number); known && !(*known > 0)) return {};
  return b.sub(logarithm_of(b, g, u), logarithm_of(b, g, v));
}

/// log(u^y) = y*log(u)
Value log_of_power(Builder& b, const Graph& g, NodeId node) {
  const Value power = first(g, node);
  if (!is(g, power, "pow") || !magnitude_of(g, operand(g, power)).extreme) return {};
  return b.mul(log(b, operand(g, power)), operand(g, power, 1));
}

constexpr double small = 3; ///< so near to 0, a number added and subtracted costs no digits

/// What both exponents are shifted by: one addend of the one and of the other.
struct Shift {
  Addend of_x, of_y;
};

/// The addends of an exponent, which may be the negative of a sum.
Addends addends_of(const Graph& g, Value exponent) {
  const auto sum = negated(g, exponent);
  return {g, sum.value_or(exponent), sum.has_value()};
}

/// Only what is there to be taken back: of log(exp(x - z) + exp(y - z)) with any other z, x - z and
/// y - z may be small where x, y and z are not.
bool is_shift(const Graph& g, Value value) {
  while (is(g, value, "stop_gradient") || is(g, value, "broadcast") || is(g, value, "reshape"))
    value = operand(g, value);
  return is(g, value, "maximum") || is(g, value, "max") || splat(g, value);
}

std::optional<Shift> common_shift(const Graph& g, Value x, Value y) {
  for (const Addend& one : addends_of(g, x))
    for (const Addend& other : addends_of(g, y))
      if (one.value == other.value && one.minus == other.minus && x != y && is_shift(g, one.value))
        return Shift{one, other};
  return std::nullopt;
}

/// An exponent without its shift; invalid where that is all of it.
Value unshifted(Builder& b, const Graph& g, Value exponent, const Addend& shift) {
  const auto sum = negated(g, exponent);
  const Value rest = without_addend(b, g, sum.value_or(exponent), shift.path);
  return sum && rest.valid() ? b.neg(rest) : rest;
}

} // namespace

/// The larger of both is taken out; that it is the larger is no question that has a derivative, so
/// those of any order are right where both are equal, too.
Value pattern::log_of_two(Builder& b, const Graph& g, Value x, Value y) {
  if (opposite(g, x, y)) return log_of_opposites(b, negated(g, x) ? y : x);
  const auto number = splat(g, y);
  if (number && std::abs(*number) <= small) return b.add(softplus(b, b.add(x, -*number)), *number);
  if (const auto shift = common_shift(g, x, y)) {
    const Value u = unshifted(b, g, x, shift->of_x), v = unshifted(b, g, y, shift->of_y);
    const Value rest =
        u.valid() && v.valid() ? log_of_two(b, g, u, v) : softplus(b, u.valid() ? u : v);
    return shift->of_x.minus ? b.sub(rest, shift->of_x.value) : b.add(rest, shift->of_x.value);
  }
  const Value greater = b.op("gt", {x, y}), larger = b.select(greater, x, y);
  const Value below = b.select(greater, b.sub(y, x), b.sub(x, y));
  // inf - inf would be no number; beside an infinity, the other term is nothing.
  const Value none = b.full(b.type(x), -std::numeric_limits<double>::infinity());
  return b.add(softplus(b, b.select(b.op("is_finite", {larger}), below, none)), larger);
}

Value pattern::finite_or_zero(Builder& b, Value top) {
  return b.select(b.op("is_finite", {top}), top, b.zeros_like(top));
}

namespace {

/// The number that a term is a multiple of, or is; 1 where that is not near to 1. It does not go
/// into an exponent, where it would be rounded.
double weight_of(const Graph& g, Value term) {
  const auto number = splat(g, is(g, term, "mul") ? operand(g, term, 1) : term);
  const double weight = number ? std::abs(*number) : 1;
  return std::abs(std::log(weight)) <= small ? weight : 1;
}

/// The logarithm of a term without its weight.
Value exponent_of(Builder& b, const Graph& g, Value term, double weight) {
  if (weight == 1) return logarithm_of(b, g, term);
  return is(g, term, "mul") ? log(b, operand(g, term)) : b.zeros_like(term);
}

} // namespace

bool pattern::needs_shift(const Graph& g, std::span<const Value> terms) {
  return terms.size() > 2 || weight_of(g, terms[0]) != weight_of(g, terms[1]);
}

ShiftedTerms pattern::shifted_terms(Builder& b, const Graph& g, std::span<const Value> terms) {
  std::vector<Value> exponents;
  Value top;
  for (const Value term : terms) {
    exponents.push_back(exponent_of(b, g, term, weight_of(g, term)));
    top = top.valid() ? b.op("maximum", {top, exponents.back()}) : exponents.back();
  }
  ShiftedTerms shifted{.shift = finite_or_zero(b, b.op("stop_gradient", {top}))};
  for (std::size_t i = 0; i < terms.size(); ++i) {
    const Value power = b.op("exp", {b.sub(exponents[i], shifted.shift)});
    shifted.terms.push_back(b.mul(power, weight_of(g, terms[i])));
    shifted.sum = i > 0 ? b.add(shifted.sum, shifted.terms[i]) : shifted.terms[i];
  }
  return shifted;
}

namespace {

/// log(1 + v) = softplus(log(v)), where v may overflow.
Value softplus_of_log(Builder& b, const Graph& g, NodeId node) {
  const Value sum = first(g, node);
  if (!is(g, sum, "add") || !is_splat(g, operand(g, sum, 1), 1)) return {};
  const Magnitude magnitude = magnitude_of(g, operand(g, sum));
  return magnitude.known && magnitude.grows ? softplus(b, log(b, operand(g, sum))) : Value{};
}

/// log(u + v + ...), where all are positive and one may overflow: with one shift for all, because
/// of pairs of pairs the inner logarithms would be rounded, and what a derivative makes of their
/// differences has lost those digits. Numbers are added last: beside one, nothing is lost.
Value log_of_sum(Builder& b, const Graph& g, NodeId node) {
  const Value sum = first(g, node);
  if (!is(g, sum, "add")) return {};
  const auto terms = terms_of(g, sum);
  if (!terms || terms->negative) return {};
  bool grows = false;
  double number = 0;
  std::vector<Value> rest;
  for (const Value term : terms->list) {
    const Magnitude magnitude = magnitude_of(g, term);
    if (!magnitude.known) return {};
    grows |= magnitude.grows;
    if (const auto known = splat(g, term))
      number += *known;
    else
      rest.push_back(term);
  }
  if (!grows) return {};
  Value logarithm = log(b, rest[0]);
  if (rest.size() > 1 && needs_shift(g, rest)) {
    const ShiftedTerms shifted = shifted_terms(b, g, rest);
    logarithm = b.add(log(b, shifted.sum), shifted.shift);
  } else if (rest.size() > 1) {
    logarithm = log_of_two(b, g, logarithm, log(b, rest[1]));
  }
  return number > 0 ? log_of_two(b, g, logarithm, b.full(b.type(logarithm), std::log(number)))
                    : logarithm;
}

Value softplus_of_log1p(Builder& b, const Graph& g, NodeId node) {
  const Magnitude magnitude = magnitude_of(g, first(g, node));
  return magnitude.known && magnitude.grows ? softplus(b, log(b, first(g, node))) : Value{};
}

/// log(1 - tanh(x)^2) = log(4) - softplus(2x) - softplus(-2x); log(1 - tanh(x)), log(1 + tanh(x))
Value log_of_tanh(Builder& b, const Graph& g, NodeId node) {
  const Value rest = first(g, node);
  const bool plus = is(g, rest, "add") && is_splat(g, operand(g, rest, 1), 1);
  if (!plus && !(is(g, rest, "sub") && is_splat(g, operand(g, rest), 1))) return {};
  const Value t = operand(g, rest, plus ? 0 : 1);
  if (const auto x = argument_of(g, t, "tanh"))
    return b.add(b.neg(softplus(b, b.mul(*x, plus ? -2.0 : 2.0))), std::numbers::ln2);
  if (plus || !is(g, t, "mul") || operand(g, t, 0) != operand(g, t, 1)) return {};
  const auto x = argument_of(g, operand(g, t), "tanh");
  if (!x) return {};
  const Value sides = b.add(softplus(b, b.mul(*x, 2.0)), softplus(b, b.mul(*x, -2.0)));
  return b.add(b.neg(sides), 2 * std::numbers::ln2);
}

constexpr std::array rows = {
    Rewrite{"log-of-sigmoid", "log", log_of_sigmoid},
    Rewrite{"log-of-cosh", "log", log_of_cosh},
    Rewrite{"log-of-tanh", "log", log_of_tanh},
    Rewrite{"softplus-of-log", "log", softplus_of_log},
    Rewrite{"log-of-sum", "log", log_of_sum},
    Rewrite{"log-of-product", "log", log_of_product},
    Rewrite{"log-of-quotient", "log", log_of_quotient},
    Rewrite{"log-of-power", "log", log_of_power},
    Rewrite{"log-of-one-minus", "log1p", log_of_one_minus},
    Rewrite{"softplus-of-log1p", "log1p", softplus_of_log1p},
};

} // namespace

std::span<const Rewrite> logarithm_rewrites() { return rows; }

} // namespace nnc
