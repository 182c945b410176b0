#include "ir/math/term.h"

namespace nnc::math {

const Format& format_of(Term x) {
  static constexpr Format single{DType::f32, DType::i32, 23, 127};
  static constexpr Format wide{DType::f64, DType::i64, 52, 1023};
  const DType dtype = x.dtype();
  if (dtype == DType::f32 || dtype == DType::i32) return single;
  if (dtype == DType::f64 || dtype == DType::i64) return wide;
  throw InternalError("functions are computed in f32 or f64, not in " +
                      std::string(dtype_name(dtype)));
}

Term bits(Term x) { return {x.pool(), x.pool().bitcast(x.expr(), format_of(x).integer)}; }
Term from_bits(Term x) { return {x.pool(), x.pool().bitcast(x.expr(), format_of(x).real)}; }
Term sign_of(Term x) { return bits(x) & format_of(x).sign_bit(); }
Term with_sign(Term magnitude, Term sign) { return from_bits(bits(magnitude) | sign_of(sign)); }

namespace {

Term horner(Term x, std::span<const double> coefficients, std::size_t first, std::size_t step) {
  std::size_t last = first;
  while (last + step < coefficients.size()) last += step;
  Term sum = x.like(coefficients[last]);
  while (last != first) {
    last -= step;
    sum = fma(sum, x, coefficients[last]);
  }
  return sum;
}

} // namespace

Term polynomial(Term x, std::span<const double> coefficients) {
  if (coefficients.size() <= 6) return horner(x, coefficients, 0, 1);
  const Term square = x * x;
  return fma(x, horner(square, coefficients, 1, 2), horner(square, coefficients, 0, 2));
}

Pair exact_sum(Term a, Term b) {
  const Term sum = a + b, b_part = sum - a;
  return {sum, (a - (sum - b_part)) + (b - b_part)};
}

Pair exact_sum_ordered(Term a, Term b) {
  const Term sum = a + b;
  return {sum, b - (sum - a)};
}

Pair exact_product(Term a, Term b) {
  const Term product = a * b;
  return {product, fma(a, b, -product)};
}

} // namespace nnc::math
