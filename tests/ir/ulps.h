// How far a computed value is from the exact one, in units of the last place.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

namespace nnc {

/// |got - want| in units of the last place of `want`, or of `least` where that is larger. Infinity
/// where one is a NaN, an infinity or a zero of some sign and the other, rounded, is not the same.
template <class Real>
double ulps(Real got, long double want, long double least = 0) {
  using Limits = std::numeric_limits<Real>;
  const Real rounded = static_cast<Real>(want);
  const double different = std::numeric_limits<double>::infinity();
  if (std::isnan(got) || std::isnan(rounded))
    return std::isnan(got) && std::isnan(rounded) ? 0 : different;
  const bool same_sign = std::signbit(got) == std::signbit(rounded);
  if (got == rounded && same_sign && (got == 0 || std::isinf(got))) return 0;
  if (std::isinf(got) || std::isinf(rounded)) return different;
  if (least == 0 && (want == 0 || !same_sign)) return different;
  const long double size = std::max(std::fabs(want), least);
  const int exponent = std::max(std::ilogb(size), Limits::min_exponent - 1);
  const long double error = std::fabs(static_cast<long double>(got) - want);
  return static_cast<double>(std::ldexp(error, Limits::digits - 1 - exponent));
}

/// The largest error seen, and where.
struct Worst {
  double error = 0;
  double at = 0, second = 0, got = 0, want = 0;
  void see(double now, double x, double y, double value, long double exact) {
    if (now > error) *this = {now, x, y, value, static_cast<double>(exact)};
  }
};

} // namespace nnc
