// The scalar functions of floats in f64, with the corners of language.md section 4. Names equal to
// those of <cmath> come from there; dual.h adds overloads for dual numbers.
#pragma once

#include "ir/types.h"

#include <cmath>

namespace nnc::interpreter {

using std::acos;
using std::acosh;
using std::asin;
using std::asinh;
using std::atan;
using std::atan2;
using std::atanh;
using std::cos;
using std::cosh;
using std::erf;
using std::erfc;
using std::exp;
using std::expm1;
using std::log;
using std::log1p;
using std::pow;
using std::sin;
using std::sinh;
using std::sqrt;
using std::tan;
using std::tanh;

/// What comparisons see of a scalar: the number itself, without derivative parts.
inline double primal(double x) { return x; }
inline void set_primal(double& x, double value) { x = value; }
inline bool is_zero(double x) { return x == 0; }

inline double sigmoid(double x) {
  const double e = std::exp(-std::fabs(x)); // never overflows
  return x >= 0 ? 1 / (1 + e) : e / (1 + e);
}
/// log(1 + exp(x))
inline double softplus(double x) { return (x > 0 ? x : 0.0) + std::log1p(std::exp(-std::fabs(x))); }
inline double rsqrt(double x) {
  return static_cast<double>(1 / std::sqrt(static_cast<long double>(x)));
}
inline double magnitude(double x) { return std::fabs(x); }
/// -1, 0 or 1; -0 and NaN stay.
inline double sign(double x) { return x > 0 ? 1.0 : x < 0 ? -1.0 : x; }
inline double remainder_of(double a, double b) { return std::fmod(a, b); }
inline double fused(double a, double b, double c, DType dtype) {
  if (dtype == DType::f64) return std::fma(a, b, c);
  return static_cast<double>(
      std::fma(static_cast<float>(a), static_cast<float>(b), static_cast<float>(c)));
}

/// NaN if either is NaN; -0 < +0.
inline double maximum(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return a + b;
  if (a == b) return std::signbit(a) ? b : a;
  return a > b ? a : b;
}
inline double minimum(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return a + b;
  if (a == b) return std::signbit(a) ? a : b;
  return a < b ? a : b;
}

/// log |gamma(x)|; +inf at 0, -1, -2, ...
double log_gamma(double x);
/// The derivative of order n + 1 of log gamma; n = 0 is digamma. NaN at negative integers for even
/// n, +inf for odd n; at 0 the limit with the sign of the zero.
double polygamma(int n, double x);

/// `value` rounded to a float dtype, to nearest even.
double round_to(DType dtype, double value);
/// The conversion of language.md 4.4: truncates, saturates, NaN gives 0; to bool x != 0.
std::int64_t real_to_integer(DType dtype, double value);
/// Rounds once.
double integer_to_real(DType dtype, std::int64_t value);

} // namespace nnc::interpreter
