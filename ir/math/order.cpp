// Small functions of order and kind, and rsqrt. Integers come here, too.
#include "ir/math/functions.h"

#include <limits>

namespace nnc::math {
namespace {

/// The greater (or, with `op` lt, the lesser) of a and b. Equal floats differ at most in the sign
/// of zero: their bits joined by `join` give the right zero. A NaN is passed on by the addition.
Term extreme(ScalarOp op, ScalarOp join, Term a, Term b) {
  const Term first = binary(op, a, b);
  if (!is_float(a.dtype())) return select(first, a, b);
  const Term same = from_bits(binary(join, bits(a), bits(b)));
  return select(first, a, select(binary(op, b, a), b, select(equal(a, b), same, a + b)));
}

} // namespace

Term rsqrt(Term x) { return 1.0 / sqrt(x); }

Term sign(Term x) { return select(x > 0, 1, select(x < 0, x.like(-1), x)); }

Term is_nan(Term x) {
  return is_float(x.dtype()) ? unequal(x, x)
                             : Term(x.pool(), x.pool().constant_int(DType::boolean, 0));
}

Term is_finite(Term x) {
  if (!is_float(x.dtype())) return {x.pool(), x.pool().constant_int(DType::boolean, 1)};
  return abs(x) < std::numeric_limits<double>::infinity();
}

Term maximum(Term a, Term b) { return extreme(ScalarOp::gt, ScalarOp::bit_and, a, b); }
Term minimum(Term a, Term b) { return extreme(ScalarOp::lt, ScalarOp::bit_or, a, b); }

} // namespace nnc::math
