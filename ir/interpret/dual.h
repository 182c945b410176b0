// Dual numbers: a value and its derivative in one direction, carried through every scalar
// operation. Dual<Dual<double>> carries two directions and the mixed second derivative.
//
// The derivatives are written from the calculus, independently of the gradient rules of the rows,
// which they check. Conventions at kinks are those of language.md: abs'(0) = 0, equal operands of
// maximum and minimum share alike (a constant for higher orders), rounding and comparisons have
// derivative 0. A zero derivative times an infinite slope is zero: what does not move has no slope.
#pragma once

#include "ir/interpret/functions.h"

#include <numbers>

namespace nnc::interpreter {

template <class T>
struct Dual {
  T v{}, d{};
  Dual() = default;
  Dual(double value) : v(value), d(0.0) {}
  Dual(T value, T derivative) : v(value), d(derivative) {}

  friend Dual operator+(const Dual& a, const Dual& b) { return {a.v + b.v, a.d + b.d}; }
  friend Dual operator-(const Dual& a, const Dual& b) { return {a.v - b.v, a.d - b.d}; }
  friend Dual operator-(const Dual& a) { return {-a.v, -a.d}; }
  friend Dual operator*(const Dual& a, const Dual& b) {
    return {a.v * b.v, along(b.v, a.d) + along(a.v, b.d)};
  }
  friend Dual operator/(const Dual& a, const Dual& b) {
    const T quotient = a.v / b.v;
    return {quotient, along(1.0 / b.v, a.d) - along(quotient / b.v, b.d)};
  }

  /// slope * derivative
  static T along(const T& slope, const T& derivative) {
    return is_zero(derivative) ? T(0.0) : slope * derivative;
  }
  /// f(a) with f'(a)
  static Dual chain(const T& value, const T& slope, const Dual& a) {
    return {value, along(slope, a.d)};
  }
};

template <class T>
double primal(const Dual<T>& x) {
  return primal(x.v);
}
template <class T>
void set_primal(Dual<T>& x, double value) {
  set_primal(x.v, value);
}
template <class T>
bool is_zero(const Dual<T>& x) {
  return is_zero(x.v) && is_zero(x.d);
}

// One line a function: f(v), f'(v). The slopes are computed in T, so that nested duals
// differentiate them again.
template <class T>
Dual<T> sqrt(const Dual<T>& x) {
  const T y = sqrt(x.v);
  return Dual<T>::chain(y, 0.5 / y, x);
}
template <class T>
Dual<T> rsqrt(const Dual<T>& x) {
  const T y = rsqrt(x.v);
  return Dual<T>::chain(y, -0.5 * (y * (y * y)), x);
}
template <class T>
Dual<T> exp(const Dual<T>& x) {
  const T y = exp(x.v);
  return Dual<T>::chain(y, y, x);
}
template <class T>
Dual<T> expm1(const Dual<T>& x) {
  return Dual<T>::chain(expm1(x.v), exp(x.v), x);
}
template <class T>
Dual<T> log(const Dual<T>& x) {
  return Dual<T>::chain(log(x.v), 1.0 / x.v, x);
}
template <class T>
Dual<T> log1p(const Dual<T>& x) {
  return Dual<T>::chain(log1p(x.v), 1.0 / (1.0 + x.v), x);
}
template <class T>
Dual<T> sin(const Dual<T>& x) {
  return Dual<T>::chain(sin(x.v), cos(x.v), x);
}
template <class T>
Dual<T> cos(const Dual<T>& x) {
  return Dual<T>::chain(cos(x.v), -sin(x.v), x);
}
template <class T>
Dual<T> tan(const Dual<T>& x) {
  const T c = cos(x.v);
  return Dual<T>::chain(tan(x.v), 1.0 / (c * c), x);
}
template <class T>
Dual<T> asin(const Dual<T>& x) {
  return Dual<T>::chain(asin(x.v), 1.0 / sqrt((1.0 - x.v) * (1.0 + x.v)), x);
}
template <class T>
Dual<T> acos(const Dual<T>& x) {
  return Dual<T>::chain(acos(x.v), -1.0 / sqrt((1.0 - x.v) * (1.0 + x.v)), x);
}
template <class T>
Dual<T> atan(const Dual<T>& x) {
  return Dual<T>::chain(atan(x.v), 1.0 / (1.0 + x.v * x.v), x);
}
template <class T>
Dual<T> sinh(const Dual<T>& x) {
  return Dual<T>::chain(sinh(x.v), cosh(x.v), x);
}
template <class T>
Dual<T> cosh(const Dual<T>& x) {
  return Dual<T>::chain(cosh(x.v), sinh(x.v), x);
}
template <class T>
Dual<T> asinh(const Dual<T>& x) {
  return Dual<T>::chain(asinh(x.v), 1.0 / sqrt(1.0 + x.v * x.v), x);
}
template <class T>
Dual<T> acosh(const Dual<T>& x) {
  return Dual<T>::chain(acosh(x.v), 1.0 / (sqrt(x.v - 1.0) * sqrt(x.v + 1.0)), x);
}
template <class T>
Dual<T> atanh(const Dual<T>& x) {
  return Dual<T>::chain(atanh(x.v), 1.0 / ((1.0 - x.v) * (1.0 + x.v)), x);
}
template <class T>
Dual<T> sigmoid(const Dual<T>& x) {
  const T y = sigmoid(x.v);
  return Dual<T>::chain(y, y * sigmoid(-x.v), x);
}
/// 1 / cosh(x)^2 is four times the slope of the sigmoid at 2x, which does not overflow on the way.
template <class T>
Dual<T> tanh(const Dual<T>& x) {
  const T y = 2.0 * x.v;
  return Dual<T>::chain(tanh(x.v), 4.0 * (sigmoid(y) * sigmoid(-y)), x);
}
template <class T>
Dual<T> softplus(const Dual<T>& x) {
  return Dual<T>::chain(softplus(x.v), sigmoid(x.v), x);
}
template <class T>
Dual<T> erf(const Dual<T>& x) {
  return Dual<T>::chain(erf(x.v), 2.0 * std::numbers::inv_sqrtpi * exp(-(x.v * x.v)), x);
}
template <class T>
Dual<T> erfc(const Dual<T>& x) {
  return Dual<T>::chain(erfc(x.v), -2.0 * std::numbers::inv_sqrtpi * exp(-(x.v * x.v)), x);
}
template <class T>
Dual<T> polygamma(int n, const Dual<T>& x) {
  return Dual<T>::chain(polygamma(n, x.v), polygamma(n + 1, x.v), x);
}
template <class T>
Dual<T> log_gamma(const Dual<T>& x) {
  return Dual<T>::chain(log_gamma(x.v), polygamma(0, x.v), x);
}
template <class T>
Dual<T> magnitude(const Dual<T>& x) {
  return Dual<T>::chain(magnitude(x.v), sign(x.v), x);
}
template <class T>
Dual<T> sign(const Dual<T>& x) {
  return {sign(x.v), T(0.0)};
}

/// The slope in the base at 0 is the limit where that is finite; the one in the exponent is 0
/// there, which is the limit for positive exponents.
template <class T>
Dual<T> pow(const Dual<T>& x, const Dual<T>& y) {
  const T value = pow(x.v, y.v);
  T derivative(0.0);
  if (!is_zero(x.d) && !(primal(x) == 0 && primal(y) == 0))
    derivative = derivative + y.v * pow(x.v, y.v - 1.0) * x.d;
  if (!is_zero(y.d) && primal(x) != 0) derivative = derivative + value * log(x.v) * y.d;
  return {value, derivative};
}

template <class T>
Dual<T> atan2(const Dual<T>& y, const Dual<T>& x) {
  const T square = x.v * x.v + y.v * y.v;
  return {atan2(y.v, x.v), Dual<T>::along(x.v / square, y.d) - Dual<T>::along(y.v / square, x.d)};
}

/// The remainder is exact; the quotient a / b may round up to the next integer.
template <class T>
Dual<T> remainder_of(const Dual<T>& a, const Dual<T>& b) {
  const T value = remainder_of(a.v, b.v);
  const double whole = std::nearbyint((primal(a) - primal(value)) / primal(b));
  return {value, a.d - Dual<T>::along(T(whole), b.d)};
}

template <class T>
Dual<T> fused(const Dual<T>& a, const Dual<T>& b, const Dual<T>& c, DType dtype) {
  return {fused(a.v, b.v, c.v, dtype), Dual<T>::along(b.v, a.d) + Dual<T>::along(a.v, b.d) + c.d};
}

/// Half the sum of two equal numbers' derivatives; that of a NaN where there is one.
template <class T>
T shared_derivative(const Dual<T>& a, const Dual<T>& b, bool first) {
  const double x = primal(a), y = primal(b);
  if (x == y) return 0.5 * (a.d + b.d);
  if (std::isnan(x) || std::isnan(y)) return std::isnan(x) ? a.d : b.d;
  return first ? a.d : b.d;
}
template <class T>
Dual<T> maximum(const Dual<T>& a, const Dual<T>& b) {
  return {maximum(a.v, b.v), shared_derivative(a, b, primal(a) > primal(b))};
}
template <class T>
Dual<T> minimum(const Dual<T>& a, const Dual<T>& b) {
  return {minimum(a.v, b.v), shared_derivative(a, b, primal(a) < primal(b))};
}

} // namespace nnc::interpreter
