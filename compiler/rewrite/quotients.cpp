// Quotients of exponentials, of sigmoids and of sums of both, which overflow above and below the
// line where the quotient does not. They are looked for among all factors of a product: derivatives
// of quotients are products of them.

#include "compiler/rewrite/factors.h"
#include "compiler/rewrite/lists.h"
#include "compiler/rewrite/logarithm.h"
#include "compiler/rewrite/magnitude.h"

#include <algorithm>
#include <cmath>

namespace nnc {
namespace {

using namespace pattern;

Value sigmoid(Builder& b, Value x) { return b.op("sigmoid", {x}); }
Value exp(Builder& b, Value x) { return b.op("exp", {x}); }

/// A term of a sum over the sum, both taken as positive.
Value term_over_sum(Builder& b, const Graph& g, const Terms& terms, std::size_t one) {
  const bool number = splat(g, terms.list[1 - std::min<std::size_t>(one, 1)]).has_value();
  if (terms.list.size() == 2 && (number || !needs_shift(g, terms.list))) {
    const Value u = terms.list[one], v = terms.list[1 - one];
    return sigmoid(b, b.sub(logarithm_of(b, g, u), logarithm_of(b, g, v)));
  }
  const ShiftedTerms shifted = shifted_terms(b, g, terms.list);
  return b.div(shifted.terms[one], shifted.sum);
}

/// exp(a)/(exp(a) + v) = sigmoid(a - log(v)), with any positive factor of that exp(a). Of more than
/// two terms log(v) would be rounded: all exponents are shifted by the greatest.
Value share_of_exp(Builder& b, const Graph& g, Value above, Value below) {
  const auto a = argument_of(g, above, "exp");
  if (!a || !magnitude_of(g, above).grows) return {};
  const auto terms = terms_of(g, below);
  if (!terms) return {};
  for (std::size_t i = 0; i < terms->list.size(); ++i) {
    const Value term = terms->list[i];
    const bool scaled = is(g, term, "mul") && operand(g, term) == above;
    const auto factor = scaled ? splat(g, operand(g, term, 1)) : std::optional(1.0);
    if (!(term == above || scaled) || !factor || *factor <= 0) continue;
    for (std::size_t k = 0; k < terms->list.size(); ++k)
      if (k != i && !magnitude_of(g, terms->list[k]).known && !splat(g, terms->list[k])) return {};
    return b.mul(term_over_sum(b, g, *terms, i), (terms->negative ? -1 : 1) / *factor);
  }
  return {};
}

/// exp(a)/S = exp(a - log(S)) where S may overflow as well, and likewise of other such sums.
Value exp_of_difference(Builder& b, const Graph& g, Value above, Value below) {
  for (const Value side : {above, below}) // of products, the factors are looked at
    if (is(g, side, "mul") || is(g, side, "div") || !magnitude_of(g, side).grows) return {};
  return exp(b, b.sub(b.op("log", {above}), b.op("log", {below})));
}

/// sigmoid(x)/sigmoid(-x) = exp(x): the odds p/(1-p)
Value exp_of_odds(Builder& b, const Graph& g, Value above, Value below) {
  const auto x = argument_of(g, above, "sigmoid"), y = argument_of(g, below, "sigmoid");
  return x && y && opposite(g, *x, *y) ? exp(b, *x) : Value{};
}

/// v/sqrt(v) = sqrt(v): the derivative of a root of what vanishes with its derivative
Value root_of_quotient(Builder&, const Graph& g, Value above, Value below) {
  return argument_of(g, below, "sqrt") == above ? below : Value{};
}

/// exp(x) * sigmoid(-x) = sigmoid(x): what remains when a sigmoid is differentiated as a quotient.
Value exp_times_sigmoid(Builder& b, const Graph& g, Value one, Value other) {
  const auto x = argument_of(g, one, "exp"), y = argument_of(g, other, "sigmoid");
  return x && y && opposite(g, *x, *y) ? sigmoid(b, *x) : Value{};
}

/// exp(x) * exp(-x) = 1, exp(x) * exp(x) = exp(2x), exactly
Value product_of_exp(Builder& b, const Graph& g, Value one, Value other) {
  const auto x = argument_of(g, one, "exp"), y = argument_of(g, other, "exp");
  if (!x || !y) return {};
  if (opposite(g, *x, *y)) return b.full(g.type(one), 1);
  if (shifted_by_greatest(g, *x)) return {}; // never large, and a term of a sum
  return *x == *y ? exp(b, b.mul(*x, 2.0)) : Value{};
}

constexpr int sums_followed = 3; ///< within sums
constexpr double small = 3;      ///< a logarithm so near to 0 costs no digits beside another

/// The term of a sum that is a number, if the others have logarithms and one of them grows; the
/// number's own logarithm is small.
std::optional<std::size_t> number_beside_exp(const Graph& g, const Terms& terms) {
  std::optional<std::size_t> number;
  bool grows = false;
  for (std::size_t i = 0; i < terms.list.size(); ++i) {
    if (const auto value = splat(g, terms.list[i])) {
      if (!(std::abs(std::log(std::abs(*value))) <= small)) return std::nullopt;
      number = i;
      continue;
    }
    const Magnitude magnitude = magnitude_of(g, terms.list[i]);
    if (!magnitude.known) return std::nullopt;
    grows = grows || magnitude.grows;
  }
  return grows ? number : std::nullopt;
}

/// exp(x), sinh(x), cosh(x) and the like, of either sign, and sums with such a term.
bool may_overflow(const Graph& g, Value value, int levels = sums_followed) {
  if (is(g, value, "sinh") || is(g, value, "expm1") || magnitude_of(g, value).grows) return true;
  if (levels == 0 || !(is(g, value, "add") || is(g, value, "sub"))) return false;
  return may_overflow(g, operand(g, value), levels - 1) ||
         may_overflow(g, operand(g, value, 1), levels - 1);
}

/// Has a value a factor that may overflow, or every term of it?
bool times_exp(const Graph& g, Value value, int levels = sums_followed) {
  if (levels > 0 && (is(g, value, "add") || is(g, value, "sub")))
    return times_exp(g, operand(g, value), levels - 1) &&
           times_exp(g, operand(g, value, 1), levels - 1);
  return std::ranges::any_of(Factors(g, value, false), [&](const Factor& factor) {
    return !factor.below && may_overflow(g, factor.value);
  });
}

/// 1/(c + v) = sigmoid(log(c) - log(v))/c
Value inverse_of_sum(Builder& b, const Graph& g, const Terms& terms, std::size_t position) {
  const double number = std::abs(*splat(g, terms.list[position]));
  const Value rest = logarithm_of(b, g, other_terms(b, terms, position));
  const Value share = sigmoid(b, b.add(b.neg(rest), std::log(number)));
  return b.mul(share, (terms.negative ? -1 : 1) / number);
}

/// y/(1 + exp(x)) = y*sigmoid(-x), where y has no factor that grows as well
Value sigmoid_of_exp(Builder& b, const Graph& g, NodeId node) {
  const Value above = g.operands(node)[0], below = g.operands(node)[1];
  for (const Factor& factor : Factors(g, below, false)) {
    const auto terms = factor.below ? std::nullopt : terms_of(g, factor.value);
    const auto number = terms ? number_beside_exp(g, *terms) : std::nullopt;
    if (!number || times_exp(g, above, 0)) continue;
    const Value inverse = inverse_of_sum(b, g, *terms, *number);
    const Value rest = without(b, g, below, factor.path);
    return b.mul(rest.valid() ? b.div(above, rest) : above, inverse);
  }
  return {};
}

/// Is a value divided by something that grows, or every term of it?
bool over_exp(const Graph& g, Value value, int levels = sums_followed) {
  if (levels > 0 && (is(g, value, "add") || is(g, value, "sub")))
    return over_exp(g, operand(g, value), levels - 1) &&
           over_exp(g, operand(g, value, 1), levels - 1);
  return std::ranges::any_of(Factors(g, value, false), [&](const Factor& factor) {
    return factor.below && magnitude_of(g, factor.value).grows;
  });
}

/// (u/S + v/S)*exp(x) = u*exp(x)/S + v*exp(x)/S: the cotangents of a quotient that is
/// differentiated twice are added up before they meet what they overflow with.
Value exp_times_sum(Builder& b, const Graph& g, NodeId node) {
  for (const auto& [product, growing] : both_orders(g, node))
    for (const Factor& sum : Factors(g, product, false)) {
      const bool difference = is(g, sum.value, "sub");
      if (sum.below || !(difference || is(g, sum.value, "add"))) continue;
      const Value u = operand(g, sum.value), v = operand(g, sum.value, 1);
      if (!over_exp(g, u) || !over_exp(g, v) || !times_exp(g, growing, 0)) continue;
      const Value rest = without(b, g, product, sum.path);
      const Value factor = rest.valid() ? b.mul(rest, growing) : growing;
      return difference ? b.sub(b.mul(u, factor), b.mul(v, factor))
                        : b.add(b.mul(u, factor), b.mul(v, factor));
    }
  return {};
}

/// (u*exp(x) + v*exp(y))/S = u*exp(x)/S + v*exp(y)/S: a mean with exponentials as weights.
Value sum_over_exp(Builder& b, const Graph& g, NodeId node) {
  const Value sum = g.operands(node)[0], below = g.operands(node)[1];
  const bool difference = is(g, sum, "sub");
  if (!(difference || is(g, sum, "add")) || !magnitude_of(g, below).grows) return {};
  const Value u = operand(g, sum), v = operand(g, sum, 1);
  if (!times_exp(g, u) || !times_exp(g, v)) return {};
  return difference ? b.sub(b.div(u, below), b.div(v, below))
                    : b.add(b.div(u, below), b.div(v, below));
}

/// c/exp(x) = c*exp(-x) and c/sigmoid(x) = c + c*exp(-x)
Value inverse_of_exp(Builder& b, const Graph& g, NodeId node) {
  const auto factor = splat(g, g.operands(node)[0]);
  if (!factor) return {};
  const Value below = g.operands(node)[1];
  if (const auto x = argument_of(g, below, "exp")) return b.mul(exp(b, b.neg(*x)), *factor);
  const auto x = argument_of(g, below, "sigmoid");
  return x ? b.mul(b.add(exp(b, b.neg(*x)), 1.0), *factor) : Value{};
}

/// 1 - sigmoid(x) = sigmoid(-x), which keeps its digits where sigmoid(x) is near 1.
Value one_minus_sigmoid(Builder& b, const Graph& g, NodeId node) {
  const auto x = argument_of(g, g.operands(node)[1], "sigmoid");
  return x && is_splat(g, g.operands(node)[0], 1) ? sigmoid(b, b.neg(*x)) : Value{};
}

/// sigmoid(x) - 1 = -sigmoid(-x), likewise.
Value sigmoid_minus_one(Builder& b, const Graph& g, NodeId node) {
  const auto x = argument_of(g, g.operands(node)[0], "sigmoid");
  return x && is_splat(g, g.operands(node)[1], -1) ? b.neg(sigmoid(b, b.neg(*x))) : Value{};
}

/// p - p*p = p*(1 - p) of p = sigmoid(x), likewise.
Value sigmoid_minus_square(Builder& b, const Graph& g, NodeId node) {
  const Value p = g.operands(node)[0], square = g.operands(node)[1];
  const auto x = argument_of(g, p, "sigmoid");
  if (!x || !is(g, square, "mul") || operand(g, square) != p || operand(g, square, 1) != p)
    return {};
  return b.mul(p, sigmoid(b, b.neg(*x)));
}

/// x^y/x = x^(y-1), which is there without x^y: mixed derivatives of a power. Of a number y it
/// would be a function for a quotient.
Value power_of_quotient(Builder& b, const Graph& g, Value above, Value below) {
  const Value y = operand(g, above, 1);
  if (operand(g, above) != below || splat(g, y)) return {};
  return b.op("pow", {below, b.add(y, -1.0)});
}

constexpr Meeting share{"exp", share_of_exp}, power{"pow", power_of_quotient},
    odds{"sigmoid", exp_of_odds}, root{"", root_of_quotient}, opposites{"exp", exp_times_sigmoid},
    powers{"exp", product_of_exp}, difference{"", exp_of_difference};

constexpr std::array rows = {
    Rewrite{"share-of-exp", "mul", across<share>},
    Rewrite{"share-of-exp", "div", across<share>},
    Rewrite{"exp-of-odds", "mul", across<odds>},
    Rewrite{"exp-of-odds", "div", across<odds>},
    Rewrite{"root-of-quotient", "mul", across<root>},
    Rewrite{"root-of-quotient", "div", across<root>},
    Rewrite{"exp-times-sigmoid", "mul", beside<opposites>},
    Rewrite{"exp-times-sigmoid", "div", beside<opposites>},
    Rewrite{"product-of-exp", "mul", beside<powers>},
    Rewrite{"product-of-exp", "div", beside<powers>},
    Rewrite{"exp-of-difference", "mul", across<difference>},
    Rewrite{"exp-of-difference", "div", across<difference>},
    Rewrite{"power-of-quotient", "mul", across<power>},
    Rewrite{"power-of-quotient", "div", across<power>},
    Rewrite{"sigmoid-of-exp", "div", sigmoid_of_exp},
    Rewrite{"exp-times-sum", "mul", exp_times_sum},
    Rewrite{"sum-over-exp", "div", sum_over_exp},
    Rewrite{"inverse-of-exp", "div", inverse_of_exp},
    Rewrite{"one-minus-sigmoid", "sub", one_minus_sigmoid},
    Rewrite{"sigmoid-minus-one", "add", sigmoid_minus_one},
    Rewrite{"sigmoid-minus-square", "sub", sigmoid_minus_square},
};

} // namespace

std::span<const Rewrite> quotient_rewrites() { return rows; }

} // namespace nnc
