// polygamma(n, x): digamma (n = 0) and its derivatives, by the recurrence up to a limit and the
// asymptotic series beyond; negative arguments by reflection:
//   polygamma(n, x) = (-1)^n polygamma(n, 1 - x) - pi * (d/dx)^n cot(pi x).
// For n > 0 the series is Euler and Maclaurin's for (-1)^(n+1) n! zeta(n + 1, x), and f32 is
// computed in f64, whose range n! needs.
#include "ir/math/coefficients.h"
#include "ir/math/functions.h"

#include <cmath>
#include <limits>
#include <numbers>

namespace nnc::math {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

/// x^n by squaring, n >= 1.
Term power(Term x, int n) {
  Term square = x;
  std::optional<Term> result;
  for (; n > 0; n /= 2, square = square * square)
    if (n % 2) result = result ? *result * square : square;
  return *result;
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

/// n! zeta(n + 1, x), x > 0. Each term is (c / (x + k))^(n+1) with c a power of two close to the
/// (n+1)-th root of n!, so that neither factor leaves the range before the term does.
Term scaled_zeta(int n, Term x) {
  const int limit = 10 + n / 2;
  long double factorial = 1;
  for (int i = 2; i <= n; ++i) factorial *= i;
  const int exponent = static_cast<int>(std::lround(std::log2(factorial) / (n + 1)));
  const double scale = std::ldexp(1.0, exponent);
  const auto correction = static_cast<double>(std::ldexp(factorial, -exponent * (n + 1)));
  Term sum = power(scale / (x + (limit - 1.0)), n + 1);
  for (int k = limit - 2; k > 0; --k)
    sum = sum + power(scale / (x + static_cast<double>(k)), n + 1);
  sum = sum + power(scale / x, n + 1); // not x + 0: the pole at -0 has a sign
  const Term near = x < limit;
  const Term y = select(near, x + static_cast<double>(limit), x);
  const Term inverse = 1.0 / y;
  const Term tail = inverse * polynomial(inverse * inverse, euler_maclaurin(n));
  // y^-n (1/n + (1/2 + tail) / y), times c^(n+1).
  const Term far = scale * power(scale * inverse, n) * fma(tail + 0.5, inverse, 1.0 / n);
  return correction * (far + select(near, sum, 0.0));
}

/// (d/dc)-polynomials of the derivatives of cot: cot' = -(1 + cot^2). Coefficients of c^i, all of
/// one parity and one sign.
std::vector<double> cot_derivative(int n) {
  std::vector<double> p{0, 1};
  for (int step = 0; step < n; ++step) {
    std::vector<double> next(p.size() + 1, 0);
    for (std::size_t i = 1; i < p.size(); ++i) {
      next[i - 1] -= static_cast<double>(i) * p[i];
      next[i + 1] -= static_cast<double>(i) * p[i];
    }
    p = std::move(next);
  }
  return p;
}

/// pi (d/dx)^n cot(pi x) from c = cot(pi x).
Term reflection(int n, Term c) {
  const std::vector<double> all = cot_derivative(n);
  const std::size_t parity = all.size() % 2 ? 0 : 1;
  std::vector<double> every_second;
  for (std::size_t i = parity; i < all.size(); i += 2)
    every_second.push_back(all[i] * std::pow(std::numbers::pi, n + 1));
  const Term sum = polynomial(c * c, every_second);
  return parity ? c * sum : sum;
}

} // namespace

Term polygamma(int order, Term x) {
  if (order > 0 && !format_of(x).wide())
    return cast(polygamma(order, cast(x, DType::f64)), x.dtype());
  const Term negative = x < 0;
  const Term positive = select(negative, 1.0 - x, x);
  const Term value = order == 0 ? digamma_of_positive(positive) : scaled_zeta(order, positive);
  const Term signed_value = order == 0 || order % 2 ? value : -value;
  const Term mirrored = (order % 2 ? -signed_value : signed_value) - reflection(order, cot_pi(x));
  const Term pole = negative & equal(floor(x), x);
  return select(pole, order % 2 ? infinity : not_a_number,
                select(negative, mirrored, signed_value));
}

} // namespace nnc::math
