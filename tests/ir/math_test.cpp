// The functions of one operand as basic operations, against long double: errors over sweeps of f32
// and f64 with all special values, with and without denormals, and the number of operations.
#include "ir/math/expand.h"
#include "ir/scalar_tape.h"
#include "ir/ulps.h"

#include <gtest/gtest.h>

#include <random>

#include <fmt/format.h>

#ifdef __SSE__
#include <xmmintrin.h>
#endif

namespace nnc {
namespace {

using Long = long double;

struct Function {
  ScalarOp op;
  Long (*exact)(Long);
  double f32_bound, f64_bound; ///< in units of the last place
  Long least = 0;              ///< smaller results count as this large
};
void PrintTo(const Function& each, std::ostream* out) { *out << scalar_op_name(each.op); }

Long sigmoid(Long x) { return x < 0 ? std::exp(x) / (1 + std::exp(x)) : 1 / (1 + std::exp(-x)); }
Long softplus(Long x) { return std::max(x, Long{0}) + std::log1p(std::exp(-std::fabs(x))); }
Long rsqrt(Long x) { return 1 / std::sqrt(x); }
Long sign(Long x) { return x > 0 ? 1 : x < 0 ? -1 : x; }

const Function functions[] = {
    {ScalarOp::exp, std::exp, 1, 1.25},   {ScalarOp::expm1, std::expm1, 2, 8},
    {ScalarOp::log, std::log, 1, 1},      {ScalarOp::log1p, std::log1p, 2, 8},
    {ScalarOp::rsqrt, rsqrt, 2, 2},       {ScalarOp::sin, std::sin, 2, 2},
    {ScalarOp::cos, std::cos, 2, 2},      {ScalarOp::tanh, std::tanh, 2.7, 2},
    {ScalarOp::sigmoid, sigmoid, 2.7, 2}, {ScalarOp::softplus, softplus, 2, 8},
    {ScalarOp::erf, std::erf, 2, 2},      {ScalarOp::erfc, std::erfc, 3, 8},
    {ScalarOp::tan, std::tan, 2, 8},      {ScalarOp::asin, std::asin, 2, 8},
    {ScalarOp::acos, std::acos, 2, 8},    {ScalarOp::atan, std::atan, 2, 8},
    {ScalarOp::sinh, std::sinh, 2, 8},    {ScalarOp::cosh, std::cosh, 2, 8},
    {ScalarOp::asinh, std::asinh, 2, 8},  {ScalarOp::acosh, std::acosh, 2, 8},
    {ScalarOp::atanh, std::atanh, 2, 8},  {ScalarOp::lgamma, std::lgamma, 8, 8, 1},
    {ScalarOp::sign, sign, 0, 0},
};

class Math : public testing::TestWithParam<Function> {
protected:
  ScalarTape tape(DType dtype) {
    ExprPool pool;
    const Expr x = pool.element(0, dtype, {});
    return {pool, expand_function(pool, GetParam().op, std::span(&x, 1))};
  }
  template <class Real>
  Worst worst_over(const ScalarTape::Column& x, const ScalarTape::Column& y) {
    Worst worst;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const Real at = from_register<Real>(x[i]), got = from_register<Real>(y[i]);
      const Long want = GetParam().exact(at);
      worst.see(ulps(got, want, GetParam().least), at, 0, got, want);
    }
    return worst;
  }
  void report(std::string_view what, const ScalarTape& code, const Worst& worst, double bound) {
    fmt::print("{:9} {} {:.3f} ulp at {}, {} operations\n", scalar_op_name(GetParam().op), what,
               worst.error, worst.at, code.operations());
    EXPECT_LE(worst.error, bound) << fmt::format("at {:a}: {:a}, not {:a}", worst.at, worst.got,
                                                 worst.want);
  }
};

/// Every `step`th float, and special ones.
ScalarTape::Column f32_sweep(std::uint64_t step) {
  ScalarTape::Column x;
  for (std::uint64_t bits = 0; bits < (std::uint64_t{1} << 32); bits += step) x.push_back(bits);
  for (float special : {0.0f, -0.0f, INFINITY, -INFINITY, NAN, 1.0f, -1.0f, 0.5f, -2.0f, 3.0f})
    x.push_back(to_register(special));
  return x;
}

/// Random bits, random numbers of moderate size, and special ones; one of them is as close to a
/// multiple of pi/2 as a double comes.
ScalarTape::Column f64_points() {
  ScalarTape::Column x;
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> wide(-40, 40), narrow(-2, 2), logarithm(-700, 700);
  for (int i = 0; i < 20000; ++i) {
    x.push_back(random());
    for (const double value : {wide(random), narrow(random), std::exp(logarithm(random))})
      x.push_back(to_register(value));
  }
  for (double special : {0.0, -0.0, HUGE_VAL, -HUGE_VAL, double{NAN}, 1.0, -1.0, 0.5, 2.0, 3.0,
                         -2.0, -0x1p60, 0x1.6ac5b262ca1ffp849, 0x1p-1074, -0x1p-1074, 0x1p-1022})
    x.push_back(to_register(special));
  return x;
}

TEST_P(Math, F32Sweep) {
  const ScalarTape code = tape(DType::f32);
  const ScalarTape::Column x = f32_sweep(4099), y = code.run(std::span(&x, 1));
  report("f32", code, worst_over<float>(x, y), GetParam().f32_bound);
}

TEST_P(Math, F64Points) {
  const ScalarTape code = tape(DType::f64);
  const ScalarTape::Column x = f64_points(), y = code.run(std::span(&x, 1));
  report("f64", code, worst_over<double>(x, y), GetParam().f64_bound);
}

#ifdef __SSE__
// Where denormals count as zero, normal results stay as good, and results that would be denormal
// become 0 or, at the edge, the smallest normal number.
TEST_P(Math, WithoutDenormals) {
  const auto run_flushed = [](const ScalarTape& code, const ScalarTape::Column& x) {
    const unsigned int saved = _mm_getcsr();
    _mm_setcsr(saved | 0x8040);
    ScalarTape::Column y = code.run(std::span(&x, 1));
    _mm_setcsr(saved);
    return y;
  };
  const auto check = [&]<class Real>(Real, DType dtype, const ScalarTape::Column& x, double bound) {
    const ScalarTape code = tape(dtype);
    const ScalarTape::Column y = run_flushed(code, x);
    const Real smallest = std::numeric_limits<Real>::min();
    Worst worst;
    for (std::size_t i = 0; i < x.size(); ++i) {
      Real at = from_register<Real>(x[i]);
      const Real got = from_register<Real>(y[i]);
      if (std::fabs(at) < smallest) at = std::copysign(Real{0}, at);
      const Long want = GetParam().exact(at);
      const bool flushed = std::fabs(want) < smallest;
      const bool right = !flushed || std::fabs(got) <= smallest;
      worst.see(flushed ? (right ? 0 : INFINITY) : ulps(got, want, GetParam().least), at, 0, got,
                want);
    }
    report(dtype == DType::f32 ? "f32 flushed" : "f64 flushed", code, worst, bound);
  };
  check(0.0f, DType::f32, f32_sweep(32771), GetParam().f32_bound);
  check(0.0, DType::f64, f64_points(), GetParam().f64_bound);
}
#endif

INSTANTIATE_TEST_SUITE_P(Functions, Math, testing::ValuesIn(functions), [](const auto& info) {
  return std::string(scalar_op_name(info.param.op));
});

} // namespace
} // namespace nnc
