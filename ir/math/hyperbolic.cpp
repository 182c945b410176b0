// sinh, cosh and the inverse hyperbolic functions. The inverse ones are logarithms whose argument
// is carried in two parts, so that nothing is lost where it is close to 1.
#include "ir/math/coefficients.h"
#include "ir/math/functions.h"

#include <cmath>
#include <limits>

namespace nnc::math {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

/// sqrt of a sum; the division is by the root itself, hence 0 where that is 0.
Pair root(Pair x) {
  const Term high = sqrt(x.high);
  const Term low = (fma(-high, high, x.high) + x.low) / (2.0 * high);
  return {high, select(high > 0, low, 0.0)};
}

/// log(x + sqrt(x^2 + one)) for x >= 0 (one = 1) or x >= 1 (one = -1).
Term log_of_sum_and_root(Term x, double one) {
  const Format& format = format_of(x);
  const Pair square = exact_product(x, x);
  const Pair sum = exact_sum(square.high, x.like(one));
  const Pair squared_root = root({sum.high, sum.low + square.low});
  const Pair total = exact_sum(x, squared_root.high);
  // Far out the argument is 2x, whose logarithm cannot overflow as 2x could.
  const Term large = x > std::ldexp(1.0, format.fraction_bits / 2 + 3);
  const Term value =
      log_of_sum({select(large, x, total.high), select(large, 0.0, total.low + squared_root.low)});
  const double ln2 = format.wide() ? ln2_f64[0] : ln2_f32[0];
  return value + select(large, x.like(ln2), x.like(0));
}

} // namespace

Term sinh(Term x) {
  const bool wide = format_of(x).wide();
  const Term size = abs(x), square = x * x;
  const Term tail = wide ? polynomial(square, sinh_tail_f64) : polynomial(square, sinh_tail_f32);
  const Term small = fma(size * square, tail, size);
  const Term half = half_exp(size);
  return with_sign(select(size < 1, small, half - 0.25 / half), x);
}

Term cosh(Term x) {
  const Term half = half_exp(abs(x));
  return half + 0.25 / half;
}

Term asinh(Term x) {
  const Term size = abs(x);
  const Term usual = (size >= format_of(x).linear_below()) & (size < infinity);
  return with_sign(select(usual, log_of_sum_and_root(size, 1), size), x);
}

Term acosh(Term x) {
  const Term outside = select(x < 1, not_a_number, x);
  return select((x >= 1) & (x < infinity), log_of_sum_and_root(x, -1), outside);
}

Term atanh(Term x) {
  const Term size = abs(x), one = x.like(1);
  const Pair above = exact_sum_ordered(one, size), below = exact_sum_ordered(one, -size);
  const Term ratio = above.high / below.high;
  const Term missing = fma(-ratio, below.high, above.high) + fma(-ratio, below.low, above.low);
  const Term value = 0.5 * log_of_sum({ratio, missing / below.high});
  const Term usual =
      select(size < 1, value, select(equal(size, 1), one.like(infinity), not_a_number));
  return with_sign(select(size < format_of(x).linear_below(), size, usual), x);
}

} // namespace nnc::math
