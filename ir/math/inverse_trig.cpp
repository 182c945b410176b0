// asin, acos, atan and atan2. asin and acos of arguments above 1/2 go through
// asin(x) = pi/2 - 2 asin(sqrt((1 - x) / 2)); atan is the angle of a point in the first octant.
#include "ir/math/coefficients.h"
#include "ir/math/functions.h"

#include <limits>

namespace nnc::math {
namespace {

std::span<const double> half_pi(Term x) {
  if (format_of(x).wide()) return half_pi_f64;
  return half_pi_f32;
}

/// asin(x) of |x| <= 1/2 as root + tail, and of larger |x| as pi/2 - 2 * (root + tail).
struct Halved {
  Term small, root, tail;
};

Halved halve(Term x) {
  const Term size = abs(x), small = size <= 0.5;
  const Term square = select(small, x * x, fma(-0.5, size, 0.5));
  const Term root = select(small, size, sqrt(square));
  const bool wide = format_of(x).wide();
  const Term sum = wide ? polynomial(square, asin_tail_f64) : polynomial(square, asin_tail_f32);
  return {small, root, root * square * sum};
}

/// The angle of the point (b, a), 0 <= a <= b, b > 0: 0..pi/4.
Term octant_angle(Term a, Term b) {
  if (!format_of(a).wide()) {
    const Term ratio = a / b, square = ratio * ratio;
    return fma(ratio * square, polynomial(square, atan_tail_f32), ratio);
  }
  // Beyond pi/8: pi/4 plus the angle (below 0) of the point turned by -pi/4.
  const Term turned = a > b * 0.41421356237309503;
  const Term ratio = select(turned, a - b, a) / select(turned, a + b, b);
  const Term square = ratio * ratio, tail = ratio * square * polynomial(square, atan_tail_f64);
  const Term shifted = 0.5 * half_pi_f64[0] + (ratio + (tail + 0.5 * half_pi_f64[1]));
  return select(turned, shifted, ratio + tail);
}

/// x times a power of two that keeps sums of two such numbers finite.
Term scaled_down(Term x, Term reference) {
  const double limit = format_of(x).wide() ? 0x1p1020 : 0x1p120;
  return x * select(reference > limit, reference.like(0.25), reference.like(1));
}

} // namespace

Term asin(Term x) {
  const Halved half = halve(x);
  const std::span<const double> quarter_turn = half_pi(x);
  const Term large = (quarter_turn[0] - 2.0 * half.root) - fma(2.0, half.tail, -quarter_turn[1]);
  return with_sign(select(half.small, half.root + half.tail, large), x);
}

Term acos(Term x) {
  const Halved half = halve(x);
  const std::span<const double> quarter_turn = half_pi(x);
  const Term signed_root = with_sign(half.root, x), signed_tail = with_sign(half.tail, x);
  const Term small = (quarter_turn[0] - signed_root) - (signed_tail - quarter_turn[1]);
  const Term below =
      (2.0 * quarter_turn[0] - 2.0 * half.root) - 2.0 * (half.tail - quarter_turn[1]);
  const Term large = select(x < 0, below, 2.0 * (half.root + half.tail));
  return select(half.small, small, large);
}

Term atan(Term x) {
  const Term size = abs(x), steep = size > 1;
  const Term angle = octant_angle(select(steep, 1.0, size), select(steep, size, 1.0));
  const std::span<const double> quarter_turn = half_pi(x);
  return with_sign(select(steep, quarter_turn[0] - (angle - quarter_turn[1]), angle), x);
}

Term atan2(Term y, Term x) {
  const Term up = abs(y), across = abs(x), steep = up > across;
  Term shorter = select(steep, across, up), longer = select(steep, up, across);
  shorter = scaled_down(shorter, longer);
  longer = scaled_down(longer, longer);
  // Two infinities are as long as each other; two zeros make the angle 0.
  const double infinity = std::numeric_limits<double>::infinity();
  const Term both_infinite = equal(up, infinity) & equal(across, infinity);
  shorter = select(both_infinite, 1.0, shorter);
  longer = select(both_infinite | equal(longer, 0), 1.0, longer);
  const Term angle = octant_angle(shorter, longer), left = bits(x) < 0;
  // pi/2 - angle, pi/2 + angle, pi - angle or the angle itself.
  const std::span<const double> quarter_turn = half_pi(x);
  const Term quarters = select(steep, angle.like(1), select(left, angle.like(2), angle.like(0)));
  const Term added = select(steep ^ left, -angle, angle);
  const Term turned = fma(quarters, quarter_turn[0], fma(quarters, quarter_turn[1], added));
  return with_sign(turned, y);
}

} // namespace nnc::math
