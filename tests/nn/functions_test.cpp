// Every function against its cases: values in all float dtypes, and derivatives along a direction
// by dual numbers.

#include "ir/interpret/interpreter.h"
#include "nn/built.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

namespace nnc::nn {
namespace {

/// Roundings that a function may add up: fewer where each is larger.
double slack_of(DType dtype) { return dtype_size(dtype) < 4 ? 8 : 64; }

void expect_values(const Built& built, const Case& c, double slack) {
  const auto got = interpret(built.graph, built.fed);
  ASSERT_TRUE(got) << got.error().message;
  ASSERT_EQ(got->size(), c.out.size() + c.updates.size());
  for (std::size_t i = 0; i < c.out.size(); ++i)
    expect_near((*got)[i], c.out[i], slack, c.relative);
  for (std::size_t i = 0; i < built.graph.updates.size(); ++i)
    expect_near((*got)[c.out.size() + i], c.updates.at(built.graph.updates[i].target), slack,
                false);
}

/// The references are differences: good for about ten digits of values up to 1.
void expect_derivatives(const Built& built, const Case& c) {
  std::vector<Direction> tangents;
  for (const int operand : built.operand_of) {
    const bool given = operand >= 0 && c.tangents.at(static_cast<std::size_t>(operand));
    tangents.push_back(given ? reals(*c.tangents[static_cast<std::size_t>(operand)]) : Direction{});
  }
  const auto got = jvp_by_duals(built.graph, built.fed, tangents);
  ASSERT_TRUE(got) << got.error().message;
  for (std::size_t i = 0; i < c.derivatives.size(); ++i) {
    if (!c.derivatives[i]) continue;
    const std::vector<double> want = reals(*c.derivatives[i]);
    Direction own = (*got)[i];
    own.resize(want.size(), 0.0);
    double scale = 1;
    for (const double y : reals(c.out[i]))
      if (std::isfinite(y)) scale = std::max(scale, std::abs(y));
    for (std::size_t k = 0; k < want.size(); ++k)
      EXPECT_NEAR(own[k], want[k], 2e-9 * std::abs(want[k]) + 1e-9 * scale) << "element " << k;
  }
}

class Expected : public testing::TestWithParam<std::string> {};

TEST_P(Expected, ValuesAndDerivatives) {
  const OpTable ops = standard_ops();
  const FunctionTable functions = standard_functions();
  for (const Case& c : load_cases(GetParam()))
    for (const DType dtype : c.dtypes) {
      SCOPED_TRACE(c.function + ": " + c.name + ", " + std::string(dtype_name(dtype)));
      Context context(ops);
      const auto built = build_case(context, functions, c, dtype);
      if (!built) {
        ADD_FAILURE() << built.error().code << " " << built.error().message;
        continue;
      }
      expect_values(*built, c, slack_of(dtype));
      if (dtype == DType::f64 && !c.tangents.empty()) expect_derivatives(*built, c);
    }
}

INSTANTIATE_TEST_SUITE_P(Nn, Expected, testing::ValuesIn(families()),
                         [](const auto& info) { return info.param; });

TEST(Functions, EveryOneHasACase) {
  std::set<std::string> tested;
  for (const std::string& family : families())
    for (const Case& c : load_cases(family)) tested.insert(c.function);
  const FunctionTable functions = standard_functions();
  for (const Function& function : functions.all())
    EXPECT_TRUE(tested.count(function.name)) << function.name;
}

TEST(Functions, EveryOneIsDescribed) {
  const FunctionTable functions = standard_functions();
  for (const Function& function : functions.all()) {
    SCOPED_TRACE(function.name);
    EXPECT_FALSE(function.doc.empty());
    EXPECT_FALSE(function.formula.empty());
    EXPECT_FALSE(function.family.empty());
    for (const AttrDecl& attr : function.attrs) {
      EXPECT_FALSE(attr.kinds.empty()) << attr.name;
      EXPECT_TRUE(!attr.required || absent(attr.fallback)) << attr.name;
      if (!absent(attr.fallback)) {
        EXPECT_EQ(kind_of(attr.fallback), attr.kinds[0]) << attr.name;
      }
    }
  }
}

} // namespace
} // namespace nnc::nn
