// At kinks and at the edges of domains the rules of the rows and the dual numbers follow the same
// conventions (language.md section 2), in value and to second order.

#include "ir/interpret/interpreter.h"
#include "laws/gradients.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace nnc {
namespace {

const std::vector<double> points = {-2, -1, -0.5, -0.0, 0, 0.5, 1, 2};

bool same(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  return a == b || std::fabs(a - b) <= 1e-12 * std::max(std::fabs(a), 1.0);
}

/// All combinations of the points, one list per operand.
std::vector<std::vector<double>> grid(std::size_t operands) {
  std::vector<std::vector<double>> columns(operands);
  std::size_t count = 1;
  for (std::size_t i = 0; i < operands; ++i) count *= points.size();
  for (std::size_t at = 0; at < count; ++at)
    for (std::size_t i = 0, rest = at; i < operands; ++i, rest /= points.size())
      columns[i].push_back(points[rest % points.size()]);
  return columns;
}

struct Problem {
  DerivedSample sample;
  std::vector<Literal> x;
  std::size_t count = 0; ///< elements of an operand and of the result

  /// Unit direction of every element of one operand.
  std::vector<Direction> unit(std::size_t operand) const {
    std::vector<Direction> directions(x.size());
    directions[operand].assign(count, 1.0);
    return directions;
  }

  /// The gradient of sum(y), or of its derivative along an operand's unit direction.
  std::vector<std::vector<double>> gradient(std::optional<std::size_t> along) const {
    std::vector<Literal> inputs = x;
    inputs.push_back(splat_literal(sample.results[0], 1.0));
    if (along)
      for (std::size_t i = 0; i < x.size(); ++i)
        inputs.push_back(splat_literal(x[i].type, i == *along ? 1.0 : 0.0));
    const auto values = interpret(sample.orders[along ? 1 : 0], inputs);
    std::vector<std::vector<double>> gradients;
    for (std::size_t i = 1; i < values->size(); ++i) gradients.push_back(elements_of((*values)[i]));
    return gradients;
  }
};

std::string operands_at(const Problem& problem, std::size_t element) {
  std::string text;
  for (const Literal& x : problem.x)
    text += fmt::format(" {}", literal_real(x, static_cast<std::int64_t>(element)));
  return text;
}

/// Elements where the value and all first derivatives are finite: elsewhere 0 * inf would decide
/// what is beyond, and no convention speaks of it.
std::vector<bool> regular(const Problem& problem, const std::vector<std::vector<double>>& first) {
  const auto y = interpret(*problem.sample.function, problem.x);
  std::vector<bool> finite(problem.count, true);
  for (std::size_t k = 0; k < problem.count; ++k) {
    finite[k] = std::isfinite(literal_real((*y)[0], static_cast<std::int64_t>(k)));
    for (const auto& gradient : first) finite[k] = finite[k] && std::isfinite(gradient[k]);
  }
  return finite;
}

void compare(const OpRow& row, const Problem& problem, std::size_t element, const char* order,
             double rule, double duals) {
  EXPECT_TRUE(same(rule, duals) || (!std::isfinite(rule) && !std::isfinite(duals)))
      << row.name << " at" << operands_at(problem, element) << ", " << order
      << " order: the rule gives " << rule << ", duals " << duals;
}

/// x^y near (0, y <= 1): second derivatives that involve y have no finite limit there.
bool singular(const OpRow& row, const Problem& problem, std::size_t element, bool along_exponent) {
  const auto at = static_cast<std::int64_t>(element);
  return row.name == "pow" && along_exponent && literal_real(problem.x[0], at) == 0 &&
         literal_real(problem.x[1], at) <= 1;
}

void check(const OpRow& row, const Problem& problem) {
  const Graph& f = *problem.sample.function;
  const auto first = problem.gradient({});
  const std::vector<bool> finite = regular(problem, first);
  EXPECT_NE(std::ranges::count(finite, true), 0) << row.name;
  for (std::size_t i = 0; i < problem.x.size(); ++i) {
    const auto slopes = *jvp_by_duals(f, problem.x, problem.unit(i));
    const auto second = problem.gradient(i);
    for (std::size_t k = 0; k < problem.count; ++k)
      if (std::isfinite(slopes[0][k])) compare(row, problem, k, "first", first[i][k], slopes[0][k]);
    for (std::size_t j = 0; j < problem.x.size(); ++j) {
      const auto mixed = *second_by_duals(f, problem.x, problem.unit(i), problem.unit(j));
      for (std::size_t k = 0; k < problem.count; ++k)
        if (finite[k] && !singular(row, problem, k, i + j > 0))
          compare(row, problem, k, "second", second[j][k], mixed[0].mixed[k]);
    }
  }
}

TEST(Kinks, ElementwiseRulesFollowTheConventions) {
  const OpTable table = standard_ops();
  int rows = 0;
  for (const OpRow* row : table.rows()) {
    if (!row->elementwise || !row->grad || !has_samples(row->name)) continue;
    SampleCase sample = load_samples(*row).front();
    const bool real =
        std::ranges::all_of(
            sample.in, [](const Literal& literal) { return literal.type.dtype == DType::f64; }) &&
        sample.out[0].type.dtype == DType::f64;
    if (!real) continue;
    const auto columns = grid(sample.in.size());
    const Type type{DType::f64, {static_cast<std::int64_t>(columns[0].size())}};
    for (std::size_t i = 0; i < columns.size(); ++i) sample.in[i] = real_literal(type, columns[i]);
    Context context(table);
    auto derived = derive_sample(context, *row, sample, 2);
    ASSERT_TRUE(derived) << row->name;
    check(*row, {std::move(*derived), sample.in, columns[0].size()});
    ++rows;
  }
  EXPECT_GT(rows, 30);
}

/// Gradient of a reduction of one vector with cotangent 1.
std::vector<double> reduce_gradient(const char* op, std::vector<double> x) {
  const OpTable table = standard_ops();
  const OpRow& row = table.at(op);
  const Type type{DType::f64, {static_cast<std::int64_t>(x.size())}};
  SampleCase sample{.op = op, .attrs = Attrs(row.attrs.size()), .in = {real_literal(type, x)}};
  Context context(table);
  const auto derived = derive_sample(context, row, sample, 1);
  const std::vector<Literal> inputs{sample.in[0], splat_literal({DType::f64, {}}, 1.0)};
  std::vector<double> by_duals;
  for (std::size_t i = 0; i < x.size(); ++i) {
    std::vector<Direction> unit{Direction(x.size(), 0.0)};
    unit[0][i] = 1;
    by_duals.push_back((*jvp_by_duals(*derived->function, sample.in, unit))[0][0]);
  }
  const auto values = interpret(derived->orders[0], inputs);
  EXPECT_EQ(elements_of((*values)[1]), by_duals) << op;
  return by_duals;
}

TEST(Kinks, EqualExtremesShare) {
  EXPECT_EQ(reduce_gradient("max", {1, 3, 0, 3}), (std::vector<double>{0, 0.5, 0, 0.5}));
  EXPECT_EQ(reduce_gradient("min", {2, 2, 5, 2, 2}), (std::vector<double>{.25, .25, 0, .25, .25}));
  EXPECT_EQ(reduce_gradient("max", {-0.0, 0.0}), (std::vector<double>{0.5, 0.5}));
}

TEST(Kinks, ProductsWithZerosAreRight) {
  EXPECT_EQ(reduce_gradient("prod", {2, 0, 3, 5}), (std::vector<double>{0, 30, 0, 0}));
  EXPECT_EQ(reduce_gradient("prod", {2, 0, 0, 5}), (std::vector<double>{0, 0, 0, 0}));
}

} // namespace
} // namespace nnc
