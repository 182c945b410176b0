// Float arithmetic over lanes, for plain numbers and for duals: values are f64 numbers that are
// rounded to the dtype after every operation (which equals native arithmetic of the dtype, as f64
// has more than twice the digits of f32).
#pragma once

#include "ir/interpret/dual.h"
#include "ir/kernel/expr.h"

#include <cfloat>

namespace nnc::interpreter {

/// The magnitude below which an exact result of `dtype` counts as zero; 0 where denormals stay. A
/// result is tiny when it is so after rounding to the full number of digits, as on the CPU.
inline double tiny_below(DType dtype) {
  if (dtype == DType::f32) return 0x1.ffffffp-127;
  return dtype == DType::f64 ? DBL_MIN : 0.0;
}

template <class S>
void flush_lanes(DType dtype, S* to, const S* from, int n) {
  const double limit = tiny_below(dtype);
  for (int i = 0; i < n; ++i) {
    const double value = primal(from[i]);
    to[i] = from[i];
    if (std::fabs(value) < limit) set_primal(to[i], std::copysign(0.0, value));
  }
}

/// Rounds results to their dtype; with `flush` denormals become zero.
template <class S>
void round_lanes(DType dtype, S* to, int n, bool flush) {
  if (flush) flush_lanes(dtype, to, to, n);
  if (dtype == DType::f64) return;
  if (dtype == DType::f32) {
    for (int i = 0; i < n; ++i)
      set_primal(to[i], static_cast<double>(static_cast<float>(primal(to[i]))));
    return;
  }
  for (int i = 0; i < n; ++i) set_primal(to[i], round_to(dtype, primal(to[i])));
}

/// Comparisons see values alone, not derivatives.
template <class S>
void compare_step(ScalarOp op, std::int64_t* to, const S* a, const S* b, int n) {
  const auto each = [&](auto function) {
    for (int i = 0; i < n; ++i) to[i] = function(primal(a[i]), primal(b[i])) ? 1 : 0;
  };
  switch (op) {
  case ScalarOp::eq:
    return each([](double x, double y) { return x == y; });
  case ScalarOp::ne:
    return each([](double x, double y) { return x != y; });
  case ScalarOp::lt:
    return each([](double x, double y) { return x < y; });
  case ScalarOp::le:
    return each([](double x, double y) { return x <= y; });
  case ScalarOp::gt:
    return each([](double x, double y) { return x > y; });
  case ScalarOp::ge:
    return each([](double x, double y) { return x >= y; });
  case ScalarOp::is_finite:
    return each([](double x, double) { return std::isfinite(x); });
  case ScalarOp::is_nan:
    return each([](double x, double) { return std::isnan(x); });
  default:
    throw InternalError("interpret: " + std::string(scalar_op_name(op)) + " compares nothing");
  }
}

/// sin, atan, cosh, ... : to[i] = f(a[i]), not yet rounded. False when `op` is none of these.
template <class S>
bool angle_step(ScalarOp op, S* to, const S* a, int n) {
  const auto each = [&](auto function) {
    for (int i = 0; i < n; ++i) to[i] = function(a[i]);
    return true;
  };
  switch (op) {
  case ScalarOp::sin:
    return each([](const S& x) { return sin(x); });
  case ScalarOp::cos:
    return each([](const S& x) { return cos(x); });
  case ScalarOp::tan:
    return each([](const S& x) { return tan(x); });
  case ScalarOp::asin:
    return each([](const S& x) { return asin(x); });
  case ScalarOp::acos:
    return each([](const S& x) { return acos(x); });
  case ScalarOp::atan:
    return each([](const S& x) { return atan(x); });
  case ScalarOp::sinh:
    return each([](const S& x) { return sinh(x); });
  case ScalarOp::cosh:
    return each([](const S& x) { return cosh(x); });
  case ScalarOp::asinh:
    return each([](const S& x) { return asinh(x); });
  case ScalarOp::acosh:
    return each([](const S& x) { return acosh(x); });
  case ScalarOp::atanh:
    return each([](const S& x) { return atanh(x); });
  case ScalarOp::tanh:
    return each([](const S& x) { return tanh(x); });
  default:
    return false;
  }
}

/// The other functions of one float, likewise.
template <class S>
bool function_step(ScalarOp op, S* to, const S* a, int n) {
  const auto each = [&](auto function) {
    for (int i = 0; i < n; ++i) to[i] = function(a[i]);
    return true;
  };
  switch (op) {
  case ScalarOp::sqrt:
    return each([](const S& x) { return sqrt(x); });
  case ScalarOp::rsqrt:
    return each([](const S& x) { return rsqrt(x); });
  case ScalarOp::exp:
    return each([](const S& x) { return exp(x); });
  case ScalarOp::expm1:
    return each([](const S& x) { return expm1(x); });
  case ScalarOp::log:
    return each([](const S& x) { return log(x); });
  case ScalarOp::log1p:
    return each([](const S& x) { return log1p(x); });
  case ScalarOp::sigmoid:
    return each([](const S& x) { return sigmoid(x); });
  case ScalarOp::softplus:
    return each([](const S& x) { return softplus(x); });
  case ScalarOp::erf:
    return each([](const S& x) { return erf(x); });
  case ScalarOp::erfc:
    return each([](const S& x) { return erfc(x); });
  case ScalarOp::lgamma:
    return each([](const S& x) { return log_gamma(x); });
  default:
    return false;
  }
}

/// Arithmetic and the rest: to[i] = op(a[i], b[i], c[i]), not yet rounded.
template <class S>
void real_step(ScalarOp op, DType dtype, S* to, const S* a, const S* b, const S* c, int n) {
  const auto each = [&](auto function) {
    for (int i = 0; i < n; ++i) to[i] = function(i);
  };
  switch (op) {
  case ScalarOp::neg:
    return each([&](int i) { return -a[i]; });
  case ScalarOp::abs:
    return each([&](int i) { return magnitude(a[i]); });
  case ScalarOp::sign:
    return each([&](int i) { return sign(a[i]); });
  case ScalarOp::add:
    return each([&](int i) { return a[i] + b[i]; });
  case ScalarOp::sub:
    return each([&](int i) { return a[i] - b[i]; });
  case ScalarOp::mul:
    return each([&](int i) { return a[i] * b[i]; });
  case ScalarOp::div:
    return each([&](int i) { return a[i] / b[i]; });
  case ScalarOp::rem:
    return each([&](int i) { return remainder_of(a[i], b[i]); });
  case ScalarOp::fma:
    return each([&](int i) { return fused(a[i], b[i], c[i], dtype); });
  case ScalarOp::maximum:
    return each([&](int i) { return maximum(a[i], b[i]); });
  case ScalarOp::minimum:
    return each([&](int i) { return minimum(a[i], b[i]); });
  case ScalarOp::floor:
    return each([&](int i) { return S(std::floor(primal(a[i]))); });
  case ScalarOp::ceil:
    return each([&](int i) { return S(std::ceil(primal(a[i]))); });
  case ScalarOp::round:
    return each([&](int i) { return S(std::nearbyint(primal(a[i]))); });
  case ScalarOp::pow:
    return each([&](int i) { return pow(a[i], b[i]); });
  case ScalarOp::atan2:
    return each([&](int i) { return atan2(a[i], b[i]); });
  default:
    break;
  }
  if (!angle_step(op, to, a, n) && !function_step(op, to, a, n))
    throw InternalError("interpret: " + std::string(scalar_op_name(op)) + " of floats");
}

} // namespace nnc::interpreter
