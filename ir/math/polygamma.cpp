// polygamma(n, x): digamma (n = 0) and its derivatives, by the recurrence up to a limit and the
// asymptotic series beyond; negative arguments by reflection:
//   polygamma(n, x) = (-1)^n polygamma(n, 1 - x) - pi * (d/dx)^n cot(pi x).
// For n > 0 the series is Euler and Maclaurin's for (-1)^(n+1) n! zeta(n + 1, x), the derivative of
// the cotangent is a series about the nearest pole or zero of it, and f32 is computed in f64, whose
// range n! needs. A power of a rounded number multiplies its error by the exponent; so high powers
// are taken of numbers in two terms.
#include "ir/math/coefficients.h"
#include "ir/math/functions.h"

#include <cmath>
#include <limits>
#include <numbers>

namespace nnc::math {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

/// (a.high + a.low) (b.high + b.low). The sum of the low parts is right to their own precision;
/// they are not normalised.
Pair product(const Pair& a, const Pair& b) {
  const Pair exact = exact_product(a.high, b.high);
  return {exact.high, exact.low + fma(a.high, b.low, a.low * b.high)};
}

/// x^n by squaring, n >= 1.
template <class T>
T power(T x, int n, T (*times)(const T&, const T&)) {
  T square = x;
  std::optional<T> result;
  for (; n > 0; n /= 2, square = times(square, square))
    if (n % 2) result = result ? times(*result, square) : square;
  return *result;
}

/// From this exponent on a power is taken in two terms; below, its error is 4 units at most.
constexpr int exponent_in_two = 5;

/// (scale / x)^n for a power of two `scale`; infinite, with its sign, at x = 0.
Term reciprocal_power(double scale, const Pair& x, int n) {
  const Term quotient = scale / x.high;
  if (n < exponent_in_two)
    return power<Term>(quotient, n, [](const Term& a, const Term& b) { return a * b; });
  const Term rest = fma(-quotient, x.high, scale) - quotient * x.low;
  const Pair all = power<Pair>({quotient, rest * quotient * (1 / scale)}, n, product);
  return select(abs(all.low) < infinity, all.high + all.low, all.high);
}

/// cot(pi x); infinite at integers, with the sign of x at 0.
Term cot_pi(Term x) {
  const Term fraction = x - round(x), size = abs(fraction);
  const Term ratio = sin_pi_over_pi(0.5 - size) / sin_pi_over_pi(size);
  return with_sign(ratio, fraction);
}

/// digamma(x), x > 0: the sum of 1/(x + k) is built up as one fraction.
Term digamma_of_positive(Term x) {
  const bool wide = format_of(x).wide();
  const int limit = wide ? 10 : 6;
  Term numerator = x.like(1), denominator = x;
  for (int k = 1; k < limit; ++k) {
    const Term next = x + static_cast<double>(k);
    numerator = fma(numerator, next, denominator);
    denominator = denominator * next;
  }
  const Term near = x < limit;
  const Term y = select(near, x + static_cast<double>(limit), x);
  const Term inverse = 1.0 / y, square = inverse * inverse;
  const Term tail =
      wide ? polynomial(square, digamma_tail_f64) : polynomial(square, digamma_tail_f32);
  const Term far = log(y) - fma(square, tail, 0.5 * inverse);
  return far - select(near, numerator / denominator, 0.0);
}

/// Coefficients of w^-1, w^-3, ... in the series: B_2j / (2j)! * (n + 1) (n + 2) ... (n + 2j - 1).
std::vector<double> euler_maclaurin(int n) {
  constexpr double bernoulli[] = {1.0 / 6,       -1.0 / 30,      1.0 / 42, -1.0 / 30,
                                  5.0 / 66,      -691.0 / 2730,  7.0 / 6,  -3617.0 / 510,
                                  43867.0 / 798, -174611.0 / 330};
  std::vector<double> coefficients;
  double factor = (n + 1) / 2.0;
  for (int j = 1; j <= static_cast<int>(std::size(bernoulli)); ++j) {
    coefficients.push_back(bernoulli[j - 1] * factor);
    factor *= (n + 2.0 * j) * (n + 2.0 * j + 1) / ((2.0 * j + 1) * (2.0 * j + 2));
  }
  return coefficients;
}

/// n! = correction * scale^(n+1) with a power of two `scale`: in (scale / x)^(n+1) neither factor
/// leaves the range before the quotient does.
struct Factorial {
  double scale, correction;
};

Factorial factorial(int n) {
  long double product = 1;
  for (int i = 2; i <= n; ++i) product *= i;
  const int exponent = static_cast<int>(std::lround(std::log2(product) / (n + 1)));
  return {.scale = std::ldexp(1.0, exponent),
          .correction = static_cast<double>(std::ldexp(product, -exponent * (n + 1)))};
}

/// zeta(n + 1, x), x > 0, times scale^(n+1).
Term scaled_zeta(int n, const Pair& x, double scale) {
  const int limit = 10 + n / 2;
  const auto plus = [&](double k) {
    const Pair sum = exact_sum(x.high, x.high.like(k));
    return Pair{sum.high, sum.low + x.low};
  };
  Term sum = reciprocal_power(scale, plus(limit - 1), n + 1);
  for (int k = limit - 2; k > 0; --k) sum = sum + reciprocal_power(scale, plus(k), n + 1);
  sum = sum + reciprocal_power(scale, x, n + 1); // not x + 0: the pole at -0 has a sign
  const Term near = x.high < limit;
  const Pair beyond = plus(limit);
  const Pair y{select(near, beyond.high, x.high), select(near, beyond.low, x.low)};
  const Term inverse = 1.0 / y.high;
  const Term tail = inverse * polynomial(inverse * inverse, euler_maclaurin(n));
  // y^-n (1/n + (1/2 + tail) / y), times c^(n+1).
  const Term far = scale * reciprocal_power(scale, y, n) * fma(tail + 0.5, inverse, 1.0 / n);
  return far + select(near, sum, 0.0);
}

/// Where the two series of the cotangent meet: they converge alike there, by 1/9 a term.
constexpr double series_meet = 1.0 / 3;

/// Appends zeta(2k) to zeta(2), zeta(4), ..., zeta(2k - 2), by
/// (k + 1/2) zeta(2k) = sum of zeta(2j) zeta(2k - 2j) for 0 < j < k.
void append_zeta(std::vector<long double>& even) {
  constexpr long double pi = std::numbers::pi_v<long double>;
  const std::size_t k = even.size() + 1;
  long double sum = k == 1 ? pi * pi / 4 : 0;
  for (std::size_t j = 1; j < k; ++j) sum += even[j - 1] * even[k - j - 1];
  even.push_back(sum / (static_cast<long double>(k) + 0.5L));
}

/// 2 zeta(2k) binomial(2k - 1, n) `factor`, times 4^k - 1 for the series about a zero, for each k
/// with 2k > n: coefficients of z^(2k-1-n).
std::vector<double> cotangent_series(int n, bool zero, double factor) {
  std::vector<double> coefficients;
  std::vector<long double> zeta;
  for (int k = 1; k <= n / 2; ++k) append_zeta(zeta);
  // binomial * 9^-k falls from 2k = 9/8 n on; beyond, until it is below all precision.
  long double binomial = n % 2 ? 1 : n + 1, size = 1, largest = 0;
  for (int k = n / 2 + 1; size > largest * 0x1p-56L; ++k) {
    append_zeta(zeta);
    const long double powers = zero ? std::ldexp(1.0L, 2 * k) - 1 : 1;
    const long double value = 2 * zeta.back() * binomial * powers * factor;
    coefficients.push_back(
        static_cast<double>(std::min<long double>(value, std::numeric_limits<double>::max())));
    size = binomial * std::pow(9.0L, -k);
    largest = std::max(largest, size);
    binomial *= (2.0L * k) / (2 * k - n) * (2 * k + 1) / (2 * k + 1 - n);
  }
  return coefficients;
}

/// |pi (d/dx)^n cot(pi x)| * scale^(n+1) / n! at a distance 0 <= size <= 1/2 from an integer.
Term cotangent_derivative(int n, Term size, double scale) {
  const double factor = std::pow(scale, n + 1);
  const auto series = [&](Term z, bool zero) {
    const Term sum = polynomial(z * z, cotangent_series(n, zero, factor));
    return n % 2 ? sum : z * sum;
  };
  const Term pole = reciprocal_power(scale, {size, size.like(0)}, n + 1);
  const Term rest = series(size, false);
  const Term about_pole = n % 2 ? pole + rest : pole - rest;
  return select(size < series_meet, about_pole, series(0.5 - size, true));
}

Term digamma(Term x) {
  const Term negative = x < 0;
  const Term value = digamma_of_positive(select(negative, 1.0 - x, x));
  const Term mirrored = value - std::numbers::pi * cot_pi(x);
  return select(negative & equal(floor(x), x), not_a_number, select(negative, mirrored, value));
}

} // namespace

Term polygamma(int order, Term x) {
  if (order == 0) return digamma(x);
  if (!format_of(x).wide()) return cast(polygamma(order, cast(x, DType::f64)), x.dtype());
  const bool odd = order % 2;
  const Factorial n = factorial(order);
  const Term negative = x < 0;
  const Pair mirror = exact_sum(x.like(1), -x);
  const Pair positive{select(negative, mirror.high, x), select(negative, mirror.low, 0.0)};
  const Term zeta = scaled_zeta(order, positive, n.scale);
  const Term fraction = x - round(x);
  const Term size = cotangent_derivative(order, abs(fraction), n.scale);
  const Term mirrored = odd ? size - zeta : -zeta - with_sign(size, fraction);
  const Term value = n.correction * select(negative, mirrored, odd ? zeta : -zeta);
  return select(negative & equal(floor(x), x), odd ? infinity : not_a_number, value);
}

} // namespace nnc::math
