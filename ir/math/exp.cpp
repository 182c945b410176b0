// exp, expm1, sigmoid and tanh. x = n*ln2 + r with |r| <= ln2/2; e^r - 1 by a polynomial; 2^n is
// put together from the bits of a float. A sum with `rounder` leaves n in the low bits of that sum,
// and shifting those into the exponent field drops all higher bits.
#include "ir/math/coefficients.h"
#include "ir/math/functions.h"

#include <numbers>

namespace nnc::math {
namespace {

struct Constants {
  double lowest, highest;      ///< beyond these e^x is 0 or infinite
  double none;                 ///< below this e^x - 1 is -1
  double saturation;           ///< above this tanh is 1
  std::span<const double> ln2; ///< in two parts; n times the first is exact
  std::span<const double> tail;
};

const Constants& constants_of(Term x) {
  static constexpr Constants single{-104.0, 89.0, -18.0, 9.1, ln2_parts_f32, exp_tail_f32};
  static constexpr Constants wide{-746.0, 710.0, -38.0, 20.0, ln2_parts_f64, exp_tail_f64};
  return format_of(x).wide() ? wide : single;
}

/// x = n*ln2 + r: `sum` = rounder + offset + n, and r.
struct Reduced {
  Term sum, r;
};

Reduced reduce(Term x, double offset) {
  const Constants& constants = constants_of(x);
  const double start = format_of(x).rounder() + offset;
  const Term sum = fma(x, std::numbers::log2e, start);
  const Term n = sum - start;
  return {sum, fma(n, -constants.ln2[1], fma(n, -constants.ln2[0], x))};
}

/// 2^n from a sum that was offset by the exponent's bias.
Term power_of_two(Term sum) { return from_bits(bits(sum) << format_of(sum).fraction_bits); }

/// e^r - 1 for |r| <= ln2/2, with a small relative error.
Term small_expm1(Term r) { return fma(r * r, polynomial(r, constants_of(r).tail), r); }

/// e^x = 2^n (1 + rest) for bounded x. 2^n stands in two factors of about 2^(n/2): both are normal
/// for every n, so overflow and denormal results come out of the multiplications.
struct Scaled {
  Term rest, half_power, other_power;
  Term times(Term a) const { return a * half_power * other_power; }
};

/// e^(x + low) * 2^shift.
Scaled scaled_exp(Term x, const Term* low, int shift) {
  const Format& format = format_of(x);
  Reduced whole = reduce(x, 2 * format.exponent_bias + shift);
  const Term half = bits(fma(x, std::numbers::log2e / 2, format.rounder() + format.exponent_bias));
  const Term rest = bits(whole.sum) - half;
  if (low) whole.r = whole.r + *low;
  return {small_expm1(whole.r), from_bits(half << format.fraction_bits),
          from_bits(rest << format.fraction_bits)};
}

Term value_of(const Scaled& power) { return power.times(1.0 + power.rest); }

Term bounded(Term x) {
  return at_most(at_least(x, constants_of(x).lowest), constants_of(x).highest);
}

/// e^x - 1 for none <= x <= highest. Half of it is computed, so that 2^n does not overflow first.
Term bounded_expm1(Term x) {
  const Reduced reduced = reduce(x, format_of(x).exponent_bias - 1);
  const Term half_power = power_of_two(reduced.sum);
  return 2.0 * fma(half_power, small_expm1(reduced.r), half_power - 0.5);
}

} // namespace

Term exp(Term x) { return value_of(scaled_exp(bounded(x), nullptr, 0)); }

Term exp_of_negative(Term x) {
  return value_of(scaled_exp(at_least(x, constants_of(x).lowest), nullptr, 0));
}

Term exp_of_sum(Pair x) { return value_of(scaled_exp(bounded(x.high), &x.low, 0)); }

Term times_exp(Term a, Pair x) {
  const Scaled power = scaled_exp(bounded(x.high), &x.low, 0);
  return power.times(fma(a, power.rest, a));
}

Term half_exp(Term x) {
  return value_of(scaled_exp(at_most(x, constants_of(x).highest + 1), nullptr, -1));
}

Term expm1(Term x) {
  const Constants& constants = constants_of(x);
  const Term bounded = at_most(at_least(x, constants.none), constants.highest);
  // Tiny ones stay as they are: -0, and those whose half would be denormal.
  return select(abs(x) < format_of(x).linear_below() * 0x1p-27, x, bounded_expm1(bounded));
}

Term sigmoid(Term x) {
  const Term small = exp_of_negative(-abs(x));
  const Term above = select(x < 0, small, 1.0), below = 1.0 + small;
  if (!format_of(x).wide()) return above / below;
  // f64: the rounding errors of the sum and of the quotient are made good.
  const Term lost = small - (below - 1.0), inverse = 1.0 / below, ratio = above * inverse;
  return fma(fma(-ratio, lost, fma(-ratio, below, above)), inverse, ratio);
}

Term tanh(Term x) {
  const Term twice = at_most(2.0 * abs(x), 2 * constants_of(x).saturation);
  if (!format_of(x).wide()) {
    const Term grown = bounded_expm1(twice);
    return with_sign(grown / (grown + 2.0), x);
  }
  // f64: the one division above loses too much between the two.
  const Reduced reduced = reduce(twice, format_of(x).exponent_bias);
  const Term power = power_of_two(reduced.sum);
  const Term large = 1.0 - 2.0 / fma(power, small_expm1(reduced.r), power + 1.0);
  const Term size = abs(x), square = x * x;
  const Term small = fma(size * square, polynomial(square, tanh_small_f64), size);
  return with_sign(select(size < 0.5493, small, large), x);
}

} // namespace nnc::math
