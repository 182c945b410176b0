// lgamma. Arguments up to a limit are brought to v in [3/2, 5/2) by the recurrence, so that
// lgamma(|x|) = lgamma(v) + log of a product; beyond, Stirling's series. Negative arguments are
// reflected, lgamma(x) = -log(|x sin(pi x)| / pi) - lgamma(-x), with that logarithm and the one of
// the product taken together: so the zeros between the poles lose nothing by cancellation.
#include "ir/math/coefficients.h"
#include "ir/math/functions.h"

#include <limits>

namespace nnc::math {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// lgamma(y) = lgamma(v) + log(product) for 3/2 <= y below the limit.
struct Shifted {
  Term v, product;
};

/// Steps of 8, 4, 2 and 1 (f32: from 4) are taken where they do not lead below 3/2.
Shifted shift_down(Term y) {
  Term v = y, product = y.like(1);
  for (int step = format_of(y).wide() ? 8 : 4; step > 0; step /= 2) {
    Term factors = v - 1.0;
    for (int i = 2; i <= step; ++i) factors = factors * (v - static_cast<double>(i));
    const Term possible = v >= step + 1.5;
    product = select(possible, product * factors, product);
    v = select(possible, v - static_cast<double>(step), v);
  }
  return {v, product};
}

double stirling_limit(Term y) { return format_of(y).wide() ? 17.5 : 9.5; }

Term stirling(Term y) {
  const Term inverse = 1.0 / y, square = inverse * inverse;
  const bool wide = format_of(y).wide();
  const Term tail = wide ? polynomial(square, stirling_f64) : polynomial(square, stirling_f32);
  return fma(y - 0.5, log(y) - 1.0, fma(tail, inverse, half_log_two_pi[0] - 0.5));
}

Term near_two(Term v) {
  const Term t = v - 2.0;
  const bool wide = format_of(v).wide();
  return t * (wide ? polynomial(t, lgamma_near_two_f64) : polynomial(t, lgamma_near_two_f32));
}

} // namespace

Term sin_pi_over_pi(Term x) {
  const Term square = x * x;
  const bool wide = format_of(x).wide();
  const Term tail =
      wide ? polynomial(square, sin_pi_tail_f64) : polynomial(square, sin_pi_tail_f32);
  return fma(x * square, tail, x);
}

Term lgamma(Term x) {
  const Term size = abs(x), small = size < 1.5, tiny = size < 0.5;
  const Term large = size >= stirling_limit(x);
  const Shifted shifted = shift_down(size);
  const Term v = select(small, size + select(tiny, x.like(2), x.like(1)), shifted.v);
  const Term rest = select(large, stirling(size), near_two(v));
  // x > 0: gamma(x) = gamma(v) * product or, for small x, gamma(v) / (x (x + 1)).
  const Term next = select(tiny, size + 1.0, 1.0);
  const Term direct = select(small, size * next, shifted.product);
  // x < 0: 1 / |gamma(x)| = sine * gamma(v) * (|x| * product, 1 or 1 / (|x| + 1)).
  const Term sine = sin_pi_over_pi(abs(size - round(size)));
  const Term factor = select(small, 1.0 / next, size * select(large, 1.0, shifted.product));
  const Term negative = x < 0;
  const Term log_of = log(select(negative, sine * factor, direct));
  const Term sum = select(large & (x > 0), rest, select(small, rest - log_of, rest + log_of));
  const Term reflected = -log_of - rest;
  const Term pole = (x <= 0) & equal(floor(x), x);
  return select(pole, infinity, select(negative, reflected, sum));
}

} // namespace nnc::math
