// log, log1p and softplus. x = m * 2^e with m in [sqrt(1/2), sqrt(2)); log(m) = f - f^2/2 + ...
// with f = m - 1, by a polynomial for f32 and through s = f/(2+f) for f64.
#include "ir/math/coefficients.h"
#include "ir/math/functions.h"

#include <limits>

namespace nnc::math {
namespace {

// The bits of sqrt(1/2).
constexpr std::int64_t sqrt_half_bits_f32 = 0x3f3504f3, sqrt_half_bits_f64 = 0x3fe6a09e667f3bcc;
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

/// m and e of a positive normal x, e as a float, and e's bits in the exponent field.
struct Split {
  Term mantissa, exponent, exponent_field;
};

Split split(Term x) {
  const Format& format = format_of(x);
  if (!format.wide()) {
    const Term field = ((bits(x) - sqrt_half_bits_f32) >> 23);
    const Term shifted = field << 23;
    return {from_bits(bits(x) - shifted), cast(field, DType::f32), shifted};
  }
  // No conversion from i64, which few instruction sets have: e + 1023 becomes the low bits of 2^52.
  const Term offset = bits(x) - (sqrt_half_bits_f64 - (std::int64_t{1023} << 52));
  const Term field = (offset >> 52) & 0x7ff;
  const Term shifted = (field - 1023) << 52;
  const Term exponent = from_bits(field | 0x4330000000000000) - (0x1p52 + 1023);
  return {from_bits(bits(x) - shifted), exponent, shifted};
}

/// The same of any x > 0; the exponent field is then of no use.
Split split_any(Term x) {
  const Format& format = format_of(x);
  const Term tiny = x < format.smallest_normal();
  const int shift = format.fraction_bits + 2;
  const Term scale = x.like(static_cast<double>(std::int64_t{1} << shift));
  Split parts = split(select(tiny, x * scale, x));
  parts.exponent = parts.exponent - select(tiny, x.like(shift), x.like(0));
  return parts;
}

/// log(1 + f) + e*ln2 for 1 + f in [sqrt(1/2), sqrt(2)).
Term log_of_parts(Term f, Term e) {
  const bool wide = format_of(f).wide();
  const Term square = f * f, half_square = 0.5 * square;
  Term small = f;
  if (wide) {
    const Term s = f / (2.0 + f), z = s * s;
    small = fma(s, fma(z, polynomial(z, log_ratio_f64), half_square), e * ln2_parts_f64[1]);
  } else {
    small = fma(square * f, polynomial(f, log_tail_f32), e * ln2_parts_f32[1]);
  }
  return fma(e, (wide ? ln2_parts_f64 : ln2_parts_f32)[0], f + (small - half_square));
}

/// `value` = log of a finite x > 0, else what log(x) is.
Term with_log_limits(Term x, Term value) {
  const Term rest = select(equal(x, 0), -infinity, select(x < 0, not_a_number, x));
  return select((x > 0) & (x < infinity), value, rest);
}

} // namespace

Term log(Term x) {
  const Split parts = split_any(x);
  return with_log_limits(x, log_of_parts(parts.mantissa - 1.0, parts.exponent));
}

Pair log_in_two(Term x) {
  const Format& format = format_of(x);
  const Split parts = split_any(x);
  const Term f = parts.mantissa - 1.0;
  // s = f / (2 + f) and z = s^2, in two parts each.
  const Pair below = exact_sum_ordered(f.like(2), f);
  const Term inverse = 1.0 / below.high, s = f * inverse;
  const Term s_low = fma(-s, below.low, fma(-s, below.high, f)) * inverse;
  const Pair square = exact_product(s, s);
  const Term z = square.high, z_low = fma(2.0 * s, s_low, square.low);
  // log(1 + f) = s * (2 + z * (2/3 + z * ...)).
  const std::span<const double> third = format.wide() ? two_thirds_f64 : two_thirds_f32;
  const Term rest = z * (format.wide() ? polynomial(z, log_rest_f64) : polynomial(z, log_rest_f32));
  const Pair factor = exact_sum_ordered(rest.like(third[0]), rest);
  const Pair part = exact_product(z, factor.high);
  const Term part_low = fma(z, factor.low + third[1], fma(z_low, factor.high, part.low));
  const Pair sum = exact_sum_ordered(part.high.like(2), part.high);
  const Pair product = exact_product(s, sum.high);
  const Term product_low = fma(s, sum.low + part_low, fma(s_low, sum.high, product.low));
  const std::span<const double> ln2 = format.wide() ? ln2_parts_f64 : ln2_parts_f32;
  const Pair total = exact_sum_ordered(parts.exponent * ln2[0], product.high);
  return {total.high, total.low + fma(parts.exponent, ln2[1], product_low)};
}

Term log_of_sum(Pair x) {
  const Format& format = format_of(x.high);
  const Split parts = split(x.high);
  const std::int64_t one = std::int64_t{format.exponent_bias} << format.fraction_bits;
  // `low` is nothing beside a large sum, whose 2^-e might not be normal.
  const Term scale = select(x.high < 0x1p60, from_bits(one - parts.exponent_field), 0.0);
  return log_of_parts(fma(x.low, scale, parts.mantissa - 1.0), parts.exponent);
}

Term log1p(Term x) {
  const Pair sum = exact_sum(x.like(1), x);
  const Term value = with_log_limits(sum.high, log_of_sum(sum));
  return select(equal(x, 0), x, value); // keeps -0
}

Term softplus(Term x) {
  const Term small = exp_of_negative(-abs(x));
  return at_least(x, 0) + log_of_sum(exact_sum_ordered(x.like(1), small));
}

} // namespace nnc::math
