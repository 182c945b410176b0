// pow, atan2, maximum, minimum, polygamma and whole expressions as basic operations.
#include "ir/math/expand.h"
#include "ir/scalar_tape.h"
#include "ir/ulps.h"
#include "places.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <random>

#include <fmt/format.h>

namespace nnc {
namespace {

using Long = long double;

struct Binary {
  ScalarOp op;
  Long (*exact)(Long, Long);
  double f32_bound, f64_bound;
};
void PrintTo(const Binary& each, std::ostream* out) { *out << scalar_op_name(each.op); }

Long maximum(Long a, Long b) {
  if (std::isnan(a) || std::isnan(b)) return NAN;
  return a == b ? (std::signbit(a) ? b : a) : std::max(a, b);
}
Long minimum(Long a, Long b) { return -maximum(-a, -b); }

const Binary binaries[] = {
    {ScalarOp::pow, std::pow, 2, 2},
    {ScalarOp::atan2, std::atan2, 2, 8},
    {ScalarOp::maximum, maximum, 0, 0},
    {ScalarOp::minimum, minimum, 0, 0},
};

template <class Real>
std::vector<Real> specials() {
  using Limits = std::numeric_limits<Real>;
  std::vector<Real> values{0, Limits::denorm_min(), Limits::min(), Real(0.3), Real(0.5), 1};
  const Real beyond = 1 + Limits::epsilon();
  for (const Real value : {beyond, Real(2), Real(2.5), Real(3), Real(1001), Real(1e30),
                           Limits::max(), Limits::infinity()})
    values.push_back(value);
  for (std::size_t i = 0, n = values.size(); i < n; ++i) values.push_back(-values[i]);
  values.push_back(Limits::quiet_NaN());
  return values;
}

/// Pairs of all special values, and random ones: of any bits, and such that x^y is in range.
template <class Real>
void pairs(std::vector<ScalarTape::Column>& columns) {
  const auto add = [&](Real a, Real b) {
    columns[0].push_back(to_register(a));
    columns[1].push_back(to_register(b));
  };
  for (const Real a : specials<Real>())
    for (const Real b : specials<Real>()) add(a, b);
  std::mt19937_64 random(7);
  const Real limit = std::log(std::numeric_limits<Real>::max());
  std::uniform_real_distribution<Real> log_size(-limit, limit), power(-limit, limit);
  std::uniform_real_distribution<Real> near_one(Real(0.5), 2), narrow(-30, 30);
  for (int i = 0; i < 50000; ++i) {
    const Real base = std::exp(log_size(random));
    add(base, power(random) / std::log(base));
    const Real close = near_one(random);
    add(close, power(random) / std::log(close));
    add(std::exp(log_size(random)), std::exp(log_size(random)));
    add(narrow(random), std::round(narrow(random)));
    add(narrow(random), narrow(random));
    add(from_register<Real>(random()), from_register<Real>(random()));
  }
}

class BinaryMath : public testing::TestWithParam<Binary> {
protected:
  template <class Real>
  void check(DType dtype, double bound) {
    ExprPool pool;
    const Expr operands[] = {pool.element(0, dtype, {}), pool.element(1, dtype, {})};
    const ScalarTape code(pool, expand_function(pool, GetParam().op, operands));
    std::vector<ScalarTape::Column> columns(2);
    pairs<Real>(columns);
    const ScalarTape::Column result = code.run(columns);
    Worst worst;
    for (std::size_t i = 0; i < result.size(); ++i) {
      const Real a = from_register<Real>(columns[0][i]), b = from_register<Real>(columns[1][i]);
      const Long want = GetParam().exact(a, b);
      const Real got = from_register<Real>(result[i]);
      worst.see(ulps(got, want), a, b, got, want);
    }
    fmt::print("{:9} {} {:.3f} ulp at {}, {}, {} operations\n", scalar_op_name(GetParam().op),
               dtype_name(dtype), worst.error, worst.at, worst.second, code.operations());
    EXPECT_LE(worst.error, bound) << fmt::format("at {:a}, {:a}: {:a}, not {:a}", worst.at,
                                                 worst.second, worst.got, worst.want);
  }
};

TEST_P(BinaryMath, F32) { check<float>(DType::f32, GetParam().f32_bound); }
TEST_P(BinaryMath, F64) { check<double>(DType::f64, GetParam().f64_bound); }

INSTANTIATE_TEST_SUITE_P(Functions, BinaryMath, testing::ValuesIn(binaries), [](const auto& info) {
  return std::string(scalar_op_name(info.param.op));
});

struct PolygammaPoint {
  int order;
  double x;
  Long value;
};

std::vector<PolygammaPoint> polygamma_points() {
  std::ifstream file(NNC_TESTS "/data/polygamma.csv");
  std::vector<PolygammaPoint> points;
  for (std::string line; std::getline(file, line);) {
    const std::size_t first = line.find(','), second = line.find(',', first + 1);
    points.push_back(
        {std::stoi(line), std::stod(line.substr(first + 1)), std::stold(line.substr(second + 1))});
  }
  return points;
}

template <class Real>
Real polygamma(int order, DType dtype, Real x, int& operations) {
  ExprPool pool;
  const Expr element = pool.element(0, dtype, {});
  const Expr operands[] = {pool.constant_int(DType::i64, order), element};
  const ScalarTape code(pool, expand_function(pool, ScalarOp::polygamma, operands));
  operations = code.operations();
  const ScalarTape::Column column{to_register(x)};
  return from_register<Real>(code.run(std::span(&column, 1))[0]);
}

TEST(Polygamma, AgainstTabulatedValues) {
  std::map<int, Worst> worst;
  std::map<int, int> operations;
  const std::vector<PolygammaPoint> points = polygamma_points();
  ASSERT_GT(points.size(), 500u);
  for (const auto& [order, x, value] : points) {
    const double got = polygamma(order, DType::f64, x, operations[order]);
    worst[order].see(ulps(got, value, 1), x, 0, got, value);
  }
  for (const auto& [order, error] : worst) {
    fmt::print("polygamma({}) f64 {:.3f} ulp at {}, {} operations\n", order, error.error, error.at,
               operations[order]);
    EXPECT_LE(error.error, 8) << fmt::format("at {:a}: {:a}, not {:a}", error.at, error.got,
                                             error.want);
  }
}

TEST(Polygamma, SinglePrecision) {
  Worst worst;
  int operations = 0;
  for (const auto& [order, x, value] : polygamma_points()) {
    if (x != static_cast<double>(static_cast<float>(x))) continue;
    const float got = polygamma(order, DType::f32, static_cast<float>(x), operations);
    worst.see(ulps(got, value, 1), x, 0, got, value);
  }
  EXPECT_LE(worst.error, 8) << worst.at;
}

TEST(Polygamma, PolesAndLimits) {
  int operations = 0;
  const auto at = [&](int order, double x) { return polygamma(order, DType::f64, x, operations); };
  for (const int order : {0, 2, 4}) {
    EXPECT_EQ(at(order, 0.0), -INFINITY);
    EXPECT_EQ(at(order, -0.0), INFINITY);
    EXPECT_TRUE(std::isnan(at(order, -1)));
    EXPECT_TRUE(std::isnan(at(order, NAN)));
  }
  for (const int order : {1, 3, 5})
    for (const double pole : {0.0, -0.0, -1.0, -7.0}) EXPECT_EQ(at(order, pole), INFINITY);
  EXPECT_EQ(at(0, INFINITY), INFINITY);
  EXPECT_EQ(at(1, INFINITY), 0);
  EXPECT_EQ(at(0, 1e300), std::log(1e300));
}

// Expansion of whole expressions: shared parts stay shared, depth costs no stack, and what is left
// is basic.
TEST(ExpandFunctions, DeepChains) {
  ExprPool pool;
  Expr x = pool.element(0, DType::f32, {});
  for (int i = 0; i < 20000; ++i) x = pool.unary(ScalarOp::rsqrt, pool.add(x, x));
  const std::vector<Expr> roots = expand_functions(pool, std::span(&x, 1));
  const std::vector<Expr> order = topological_order(pool, roots);
  for (const Expr expr : order) EXPECT_TRUE(is_basic(pool.node(expr).op));
  EXPECT_LE(order.size(), 20000u * 3 + 2);
}

TEST(ExpandFunctions, GuardsAndIndices) {
  ExprPool pool;
  IndexPool& indices = pool.indices();
  const Axis axis = indices.new_axis(8, "i");
  const Index i = indices.of(axis);
  const Expr inner = pool.element(0, DType::f32, std::span(&i, 1));
  const Expr guard = pool.unary(ScalarOp::is_finite, pool.unary(ScalarOp::exp, inner));
  const Expr position = pool.cast(pool.unary(ScalarOp::tanh, inner), DType::i64);
  const Index at = indices.add(indices.of_data(position.id, 8), i);
  const Expr root = pool.element(1, DType::f32, std::span(&at, 1), guard);
  const std::vector<Expr> roots = expand_functions(pool, std::span(&root, 1));
  for (const Expr expr : topological_order(pool, roots))
    EXPECT_TRUE(is_basic(pool.node(expr).op)) << scalar_op_name(pool.node(expr).op);
  EXPECT_EQ(pool.node(roots[0]).op, ScalarOp::element);
  EXPECT_TRUE(pool.node(roots[0]).guard.valid());
}

} // namespace
} // namespace nnc
