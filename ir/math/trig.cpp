// sin, cos and tan. The argument is reduced to a fraction of a quarter turn, right for every
// argument: x * 2/pi is formed with as many bits of 2/pi as x needs, without those bits of 2/pi
// that give whole turns. The bits are chosen by selects on |x|. f32 does this in f64.
#include "ir/math/coefficients.h"
#include "ir/math/functions.h"

#include <array>
#include <cmath>
#include <numbers>

namespace nnc::math {
namespace {

/// |x| = quarters * pi/2 + high + low; |high| is a little above pi/4 at most. `quarters` is an
/// integer of x's width of which the two lowest bits count. For f32, high is an f64 and low absent.
struct Angle {
  Term quarters, high;
  std::optional<Term> low;
};

/// From these on, 2/pi without its leading bits gives the same angle, as pairs of two_over_pi_f32.
constexpr std::array<double, 4> thresholds_f32{0x1p45, 0x1p66, 0x1p87, 0x1p108};

Angle reduce_f32(Term x) {
  const Term size = abs(x), wide = cast(size, DType::f64);
  Term high = wide.like(two_over_pi_f32[0]), low = wide.like(two_over_pi_f32[1]);
  for (std::size_t i = 0; i < thresholds_f32.size(); ++i) {
    const Term reached = size >= thresholds_f32[i];
    high = select(reached, two_over_pi_f32[2 * i + 2], high);
    low = select(reached, two_over_pi_f32[2 * i + 3], low);
  }
  const Pair turned = exact_product(wide, high);
  const Term sum = turned.high + 0x1.8p52, whole = sum - 0x1.8p52;
  const Term fraction = (turned.high - whole) + fma(wide, low, turned.low);
  return {.quarters = cast(bits(sum) & 3, DType::i32),
          .high = fraction * (std::numbers::pi / 2),
          .low = std::nullopt};
}

/// Adds `term` to `sum`; what is rounded off is appended to `lost`.
void accumulate(Term& sum, Term term, std::vector<Term>& lost) {
  const Pair exact = exact_sum(sum, term);
  sum = exact.high;
  lost.push_back(exact.low);
}

Term modulo_four(Term x) { return fma(-4.0, round(x * 0.25), x); }

/// The bits of 2/pi in words of 53 bits, each scaled to [0, 1). A word's place is 2^-53 of that of
/// the word before. Arguments below 2^107 need words 0..4; each factor 2^53 more shifts by a word.
/// Returns the five words that x needs, and scales x to match.
std::array<Term, 5> choose_words(Term& x) {
  std::vector<Term> words;
  for (const double word : two_over_pi_f64) words.push_back(x.like(word));
  for (int shift = 16; shift > 0; shift /= 2) {
    const Term reached = x >= std::ldexp(1.0, 53 * shift + 54);
    const auto step = static_cast<std::size_t>(shift);
    // Later steps shift by less than `shift` words in all, and five words are left in the end.
    const std::size_t needed = step + 4;
    for (std::size_t i = 0; i < needed && i + step < words.size(); ++i)
      words[i] = select(reached, words[i + step], words[i]);
    words.resize(needed, x);
    x = select(reached, x * std::ldexp(1.0, -53 * shift), x);
  }
  return {words[0], words[1], words[2], words[3], words[4]};
}

Angle reduce_f64(Term x) {
  Term scaled = abs(x);
  const std::array<Term, 5> words = choose_words(scaled);
  std::vector<Term> high, low; // products and what they lack, each 2^-53 of the one before
  for (const Term word : words) {
    const Pair product = exact_product(scaled, word);
    high.push_back(product.high);
    low.push_back(product.low);
    scaled = scaled * 0x1p-53;
  }
  // Products 0 and 1 may hold whole turns; the sum of everything above 2^-53, then the rest.
  std::vector<Term> lost, lost_again;
  Term sum = modulo_four(high[0]);
  for (const Term term : {modulo_four(low[0]), modulo_four(high[1]), low[1], high[2]})
    accumulate(sum, term, lost);
  const Term rounded = sum + format_of(x).rounder();
  sum = sum - (rounded - format_of(x).rounder());
  lost.push_back(low[2]);
  lost.push_back(high[3]);
  for (const Term term : lost) accumulate(sum, term, lost_again);
  Term rest = low[3] + high[4];
  for (const Term term : lost_again) rest = rest + term;
  const Pair fraction = exact_sum_ordered(sum, rest);
  const Pair angle = exact_product(fraction.high, x.like(half_pi_f64[0]));
  return {.quarters = bits(rounded),
          .high = angle.high,
          .low = fma(fraction.high, half_pi_f64[1], fma(fraction.low, half_pi_f64[0], angle.low))};
}

Angle reduce(Term x) { return format_of(x).wide() ? reduce_f64(x) : reduce_f32(x); }

Term sin_tail(Term square, bool wide) {
  return wide ? polynomial(square, sin_tail_f64) : polynomial(square, sin_tail_f32);
}
Term cos_tail(Term square, bool wide) {
  return wide ? polynomial(square, cos_tail_f64) : polynomial(square, cos_tail_f32);
}

/// sin and cos of a reduced angle: in f64 with its low part, or (for f32) without, in r's format.
Term sin_of(Term r, const std::optional<Term>& low) {
  const Term square = r * r, tail = sin_tail(square, low.has_value());
  if (!low) return fma(square * r, tail, r);
  return r + fma(square * r, tail, *low * fma(-0.5, square, 1.0));
}

Term cos_of(Term r, const std::optional<Term>& low) {
  const Term square = r * r, tail = cos_tail(square, low.has_value());
  if (!low) return fma(square * square, tail, fma(-0.5, square, 1.0));
  const Pair start = exact_sum_ordered(r.like(1), -0.5 * square);
  return start.high + (start.low + fma(square * square, tail, -(r * *low)));
}

/// `value` with its sign flipped where the bit of value 2 of `quarters` is set.
Term flipped(Term value, Term quarters) {
  const int top = format_of(value).wide() ? 62 : 30;
  return from_bits(bits(value) ^ ((quarters & 2) << top));
}

} // namespace

Term sin(Term x) {
  const Angle angle = reduce(x);
  const Term r = cast(angle.high, x.dtype()), odd = unequal(angle.quarters & 1, 0);
  const Term value = select(odd, cos_of(r, angle.low), sin_of(r, angle.low));
  const Term result = from_bits(bits(flipped(value, angle.quarters)) ^ sign_of(x));
  return select(abs(x) < format_of(x).linear_below(), x, result);
}

Term cos(Term x) {
  const Angle angle = reduce(x);
  const Term r = cast(angle.high, x.dtype()), odd = unequal(angle.quarters & 1, 0);
  return flipped(select(odd, sin_of(r, angle.low), cos_of(r, angle.low)), angle.quarters + 1);
}

Term tan(Term x) {
  const Angle angle = reduce(x); // f32 keeps the angle's f64 up to the division
  const Term sine = sin_of(angle.high, angle.low), cosine = cos_of(angle.high, angle.low);
  const Term odd = unequal(angle.quarters & 1, 0);
  const Term ratio = cast(select(odd, -cosine, sine) / select(odd, sine, cosine), x.dtype());
  return select(abs(x) < format_of(x).linear_below(), x, from_bits(bits(ratio) ^ sign_of(x)));
}

} // namespace nnc::math
