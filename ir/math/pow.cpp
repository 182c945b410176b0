// pow(x, y) = exp(y * log|x|) with the logarithm and the product carried in two parts: the
// product's absolute error is the result's relative one. The rest is C's table of special cases.
#include "ir/math/functions.h"

#include <limits>

namespace nnc::math {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

/// |x|^y.
Term magnitude(Term size, Term y) {
  const Pair log = log_in_two(size);
  const Term extreme = select(equal(size, 0), -infinity, size);
  const Term usual = (size > 0) & (size < infinity);
  const Term high = y * select(usual, log.high, extreme);
  // Where the product is far out of exp's range its low part may be anything.
  const Term low = fma(y, log.low, fma(y, log.high, -high));
  return exp_of_sum({high, select(abs(high) < 2000, low, 0.0)});
}

} // namespace

Term pow(Term x, Term y) {
  const Term size = abs(x), half = 0.5 * y;
  const Term whole = equal(floor(y), y), odd = whole & unequal(floor(half), half);
  const Term value = magnitude(size, y);
  const Term negative = bits(x) < 0;
  const Term undefined = (x < 0) & (size < infinity) & unequal(floor(y), y);
  const Term signed_value = select(negative & odd, -value, value);
  const Term minus_one_forever = equal(x, -1) & equal(abs(y), infinity);
  const Term one = equal(y, 0) | equal(x, 1) | minus_one_forever;
  return select(one, 1.0, select(undefined, not_a_number, signed_value));
}

} // namespace nnc::math
