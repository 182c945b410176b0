// erf and erfc. erfc(x) = e^(-x^2) G(t) / (x + 4) with t = (x - 4) / (x + 4) for x >= 0. erf of
// small arguments: x + x*E(x^2); of large ones in f32: 1 - exp(-x*L(x)).
#include "ir/math/coefficients.h"
#include "ir/math/functions.h"

namespace nnc::math {
namespace {

/// erfc(x) for x >= 0. What is rounded off x^2 matters as much as x^2 is large: exp gets it too.
/// 1 / (x + 4) is `inverse` (1 + missing) to about twice the precision; t gets that by its
/// definition, since G amplifies errors, and the factor through the exponent, where it costs no
/// rounding.
Term positive_erfc(Term x, std::span<const double> coefficients) {
  x = at_most(x, 28.0);
  const Pair square = exact_product(x, x);
  const Term sum = x + 4.0, inverse = 1.0 / sum, lost = x - (sum - 4.0);
  const Term missing = fma(-inverse, lost, fma(-inverse, sum, 1.0));
  const Term t = fma(-8.0 * inverse, missing, fma(-8.0, inverse, 1.0));
  return times_exp(polynomial(t, coefficients) * inverse, {-square.high, missing - square.low});
}

/// erf(x) for |x| <= 1 (f64) or 0.93 (f32).
Term small_erf(Term x) {
  const Term square = x * x;
  const bool wide = format_of(x).wide();
  return fma(x, wide ? polynomial(square, erf_small_f64) : polynomial(square, erf_small_f32), x);
}

} // namespace

Term erf(Term x) {
  const Term size = abs(x);
  if (format_of(x).wide())
    return select(size < 1, small_erf(x), with_sign(1.0 - positive_erfc(size, erfc_ratio_f64), x));
  const Term bounded = at_most(size, 4.0);
  const Term large = 1.0 - exp_of_negative(bounded * -polynomial(bounded, erf_large_f32));
  return select(size < 0.93, small_erf(x), with_sign(large, x));
}

Term erfc(Term x) {
  const bool wide = format_of(x).wide();
  const auto coefficients = wide ? std::span<const double>(erfc_ratio_f64) : erfc_ratio_f32;
  const Term positive = positive_erfc(abs(x), coefficients);
  return select(x < 0, 2.0 - positive, positive);
}

} // namespace nnc::math
