// erf and erfc. Small arguments: x + x*E(x^2). Large ones, f32 erf: 1 - exp(-x*L(x)); the others:
// erfc(x) = e^(-x^2) G(t) / (x + 3) with t = (x - 3) / (x + 3), which f32 computes in f64.
#include "ir/math/coefficients.h"
#include "ir/math/functions.h"

namespace nnc::math {
namespace {

/// erfc(x) for x >= 1/2, in f64. What is rounded off x^2 matters as much as x^2 is large: exp gets
/// it too. The quotients t and 1 / (x + 3) are corrected by their remainders, since G amplifies
/// errors.
Term large_erfc(Term x, std::span<const double> coefficients) {
  x = at_most(x, 28.0);
  const Pair square = exact_product(x, x);
  const Term inverse = 1.0 / (x + 3.0), rough = fma(-6.0, inverse, 1.0);
  const Term t = fma(inverse, fma(-rough, x, fma(-3.0, rough + 1.0, x)), rough);
  const Term quotient = polynomial(t, coefficients) * inverse;
  const Term missing = fma(-inverse, x, fma(-3.0, inverse, 1.0));
  return exp_of_sum({-square.high, -square.low}) * fma(quotient, missing, quotient);
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
    return select(size < 1, small_erf(x), with_sign(1.0 - large_erfc(size, erfc_ratio_f64), x));
  const Term bounded = at_most(size, 4.0);
  const Term large = 1.0 - exp_of_negative(bounded * -polynomial(bounded, erf_large_f32));
  return select(size < 0.93, small_erf(x), with_sign(large, x));
}

Term erfc(Term x) {
  const Term size = abs(x);
  const bool wide = format_of(x).wide();
  const Term large = wide ? large_erfc(size, erfc_ratio_f64)
                          : cast(large_erfc(cast(size, DType::f64), erfc_ratio_f32), DType::f32);
  return select(size < 0.5, 1.0 - small_erf(x), select(x < 0, 2.0 - large, large));
}

} // namespace nnc::math
