#include "ir/interpret/functions.h"

#include <algorithm>
#include <array>
#include <limits>
#include <numbers>

namespace nnc::interpreter {
namespace {

using Wide = long double; // so that the sums below cost no digits where it is wider

// B_2, B_4, ... (Abramowitz and Stegun, table 23.2)
constexpr std::array<Wide, 14> bernoulli = {
    1.0L / 6,       -1.0L / 30,           1.0L / 42,       -1.0L / 30,
    5.0L / 66,      -691.0L / 2730,       7.0L / 6,        -3617.0L / 510,
    43867.0L / 798, -174611.0L / 330,     854513.0L / 138, -236364091.0L / 2730,
    8553103.0L / 6, -23749461029.0L / 870};

/// pi * (d/dx)^n cot(pi x). The derivatives are polynomials in c = cot: P' -> -pi (1 + c^2) P'.
Wide cotangent_derivative(int n, double x) {
  constexpr Wide pi = std::numbers::pi_v<Wide>;
  // cot(pi x) from x reduced to -1/2..1/2, where pi * x keeps its relative accuracy
  const Wide c = 1 / std::tan(pi * static_cast<Wide>(x - std::nearbyint(x)));
  std::vector<Wide> p{0, 1};
  for (int order = 0; order < n; ++order) {
    std::vector<Wide> next(p.size() + 1, 0);
    for (std::size_t i = 1; i < p.size(); ++i) {
      const Wide slope = -pi * static_cast<Wide>(i) * p[i];
      next[i - 1] += slope;
      next[i + 1] += slope;
    }
    p = std::move(next);
  }
  Wide sum = 0;
  for (std::size_t i = p.size(); i-- > 0;) sum = sum * c + p[i];
  return pi * sum;
}

/// digamma for large x: log x - 1/(2x) - sum B_2k / (2k x^2k)
Wide digamma_series(Wide x) {
  const Wide inverse = 1 / (x * x);
  Wide sum = 0, power = inverse;
  for (std::size_t k = 0; k < bernoulli.size(); ++k, power *= inverse)
    sum += bernoulli[k] * power / static_cast<Wide>(2 * k + 2);
  return std::log(x) - 0.5L / x - sum;
}

/// |polygamma(n)| / n! for n > 0 and large x (Abramowitz and Stegun 6.4.11):
/// 1/(n x^n) + 1/(2 x^(n+1)) + sum B_2k (2k+n-1)! / ((2k)! n! x^(2k+n))
Wide polygamma_series(int n, Wide x) {
  const Wide inverse = 1 / (x * x);
  Wide power = std::pow(x, static_cast<Wide>(-n));
  Wide sum = power / static_cast<Wide>(n) + power / (2 * x);
  Wide ratio = 1 / static_cast<Wide>(n); // (2k+n-1)! / ((2k)! n!)
  for (int k = 1; k <= static_cast<int>(bernoulli.size()); ++k) {
    if (k == 1)
      ratio = static_cast<Wide>(n + 1) / 2;
    else
      ratio *= static_cast<Wide>(2 * k + n - 2) * static_cast<Wide>(2 * k + n - 1) /
               static_cast<Wide>((2 * k - 1) * (2 * k));
    power *= inverse;
    sum += bernoulli[static_cast<std::size_t>(k - 1)] * ratio * power;
  }
  return sum;
}

/// For x > 0: steps up to where the series ends far below the rounding error.
Wide positive_polygamma(int n, Wide x) {
  const Wide enough = 20 + static_cast<Wide>(n);
  Wide at = x, shift = 0;
  if (n == 0) {
    for (; at < enough; at += 1) shift += 1 / at;
    return digamma_series(at) - shift;
  }
  for (; at < enough; at += 1) shift += std::pow(at, static_cast<Wide>(-(n + 1)));
  const Wide sum = polygamma_series(n, at) + shift;
  return (n % 2 ? 1 : -1) * std::tgamma(static_cast<Wide>(n) + 1) * sum;
}

/// The nearest number with `digits` significant bits and a lowest exponent; exact in f64.
double round_bits(double value, int digits, int lowest, double largest) {
  if (value == 0 || !std::isfinite(value)) return value;
  const int quantum = std::max(std::ilogb(value), lowest) - (digits - 1);
  const double rounded = std::ldexp(std::nearbyint(std::ldexp(value, -quantum)), quantum);
  if (std::fabs(rounded) > largest)
    return std::copysign(std::numeric_limits<double>::infinity(), value);
  return rounded;
}

} // namespace

double log_gamma(double x) {
#if defined(__GLIBC__)
  int sign_of_gamma = 0; // lgamma itself writes a global
  return ::lgamma_r(x, &sign_of_gamma);
#else
  return std::lgamma(x);
#endif
}

double polygamma(int n, double x) {
  if (std::isnan(x)) return x;
  if (x > 0) return static_cast<double>(positive_polygamma(n, x));
  const double infinity = std::numeric_limits<double>::infinity();
  if (x == 0 && n % 2 == 0) return std::copysign(infinity, -x);
  if (x == std::floor(x)) return n % 2 ? infinity : std::numeric_limits<double>::quiet_NaN();
  // Reflection: psi_n(x) = (-1)^n psi_n(1 - x) - pi (d/dx)^n cot(pi x)
  const Wide reflected = positive_polygamma(n, 1 - static_cast<Wide>(x));
  return static_cast<double>((n % 2 ? -reflected : reflected) - cotangent_derivative(n, x));
}

double round_to(DType dtype, double value) {
  switch (dtype) {
  case DType::f32:
    return static_cast<double>(static_cast<float>(value));
  case DType::f16:
    return round_bits(value, 11, -14, 65504.0);
  case DType::bf16:
    return round_bits(value, 8, -126, 0x1.fep127);
  default:
    return value;
  }
}

std::int64_t real_to_integer(DType dtype, double value) {
  if (dtype == DType::boolean) return value != 0;
  if (std::isnan(value)) return 0;
  const int bits = static_cast<int>(dtype_size(dtype)) * 8 - (is_signed(dtype) ? 1 : 0);
  const double limit = std::ldexp(1.0, bits); // the first value that is too large
  if (value >= limit)
    return bits == 63 ? std::numeric_limits<std::int64_t>::max() : (std::int64_t{1} << bits) - 1;
  if (value <= -limit || (value < 0 && !is_signed(dtype)))
    return is_signed(dtype) ? static_cast<std::int64_t>(-limit) : 0;
  return static_cast<std::int64_t>(value);
}

double integer_to_real(DType dtype, std::int64_t value) {
  if (dtype == DType::f32) return static_cast<double>(static_cast<float>(value));
  if (dtype == DType::f64) return static_cast<double>(value);
  // The low bits of what no f64 holds only say on which side of a tie the value is.
  constexpr std::int64_t low = (std::int64_t{1} << 10) - 1, held = std::int64_t{1} << 53;
  if (value > held || value < -held) value = (value & ~low) | ((value & low) ? low + 1 : 0);
  return round_to(dtype, static_cast<double>(value));
}

} // namespace nnc::interpreter
