// What derivatives are where mathematics leaves a choice: the conventions that rows state, at every
// order at which they matter. Expected values are worked out by hand.

#include "compiler/derivative.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

namespace nnc {
namespace {

struct Kink {
  std::string op;
  std::vector<double> operands;
  std::vector<std::size_t> path;
  double want;
};

void expect(const std::vector<Kink>& kinks) {
  for (const Kink& kink : kinks)
    EXPECT_DOUBLE_EQ(derivative(kink.op, kink.operands, kink.path), kink.want) << fmt::format(
        "{}({}) along {}", kink.op, fmt::join(kink.operands, ", "), fmt::join(kink.path, ", "));
}

TEST(Kinks, SignsAndRoots) {
  expect({{"abs", {0.0}, {0}, 0},
          {"abs", {-0.0}, {0}, 0},
          {"abs", {-2.0}, {0}, -1},
          {"abs", {0.0}, {0, 0}, 0},
          {"sign", {0.0}, {0}, 0},
          {"floor", {3.0}, {0}, 0},
          {"ceil", {3.0}, {0}, 0},
          {"round", {2.5}, {0}, 0},
          {"sqrt", {0.0}, {0}, infinity},
          {"asin", {1.0}, {0}, infinity}});
}

TEST(Kinks, TiesShareAndTheShareIsConstant) {
  expect({{"maximum", {2, 2}, {0}, 0.5},
          {"maximum", {2, 2}, {1}, 0.5},
          {"maximum", {2, 2}, {0, 1}, 0},
          {"maximum", {3, 2}, {0}, 1},
          {"maximum", {3, 2}, {1}, 0},
          {"minimum", {0.0, -0.0}, {0}, 0.5},
          {"minimum", {0.0, -0.0}, {1}, 0.5},
          {"minimum", {3, 2}, {0}, 0},
          {"minimum", {3, 2}, {1}, 1},
          {"maximum", {not_a_number, 2}, {0}, 0}});
}

TEST(Kinks, PowersOfZeroFollowTheLimitWhereItIsFinite) {
  expect({{"pow", {0, 0}, {0}, 0},
          {"pow", {0, 1}, {0}, 1},
          {"pow", {0, 2}, {0}, 0},
          {"pow", {0, 0.5}, {0}, infinity},
          {"pow", {0, 0}, {0, 0}, 0},
          {"pow", {0, 1}, {0, 0}, 0},
          {"pow", {0, 2}, {0, 0}, 2},
          {"pow", {0, 3}, {0, 0}, 0},
          {"pow", {0, 2}, {0, 0, 0}, 0},
          {"pow", {0, 3}, {0, 0, 0}, 6},
          {"pow", {0, 2}, {1}, 0},
          {"pow", {0, 0}, {1}, 0},
          {"pow", {0, 2}, {1, 1}, 0}});
}

TEST(Kinks, PowersOfOtherBases) {
  expect({{"pow", {-2, 2}, {0}, -4}, // no logarithm of the base is involved
          {"pow", {-2, 3}, {0, 0}, -12},
          {"pow", {2, 0}, {0}, 0},
          {"pow", {2, 0}, {0, 1}, 0.5}, // the mixed derivative of x^y at y = 0 is 1/x
          {"pow", {2, 0}, {1, 0}, 0.5},
          {"pow", {2, 0}, {1}, std::log(2.0)}});
}

TEST(Kinks, RemainderTruncatesItsQuotientAsItsResultDoes) {
  expect({{"rem", {7, 2}, {0}, 1},
          {"rem", {7, 2}, {1}, -3},
          {"rem", {-7, 2}, {1}, 3},
          {"rem", {7, -2}, {1}, 3},
          {"rem", {0.7, 0.1}, {1}, -6}, // 0.7 / 0.1 rounds to 7, yet the remainder is 0.0999...
          {"rem", {7, 2}, {1, 1}, 0}});
}

TEST(Kinks, SaturatedFunctionsAreFlatNotNaN) {
  expect({{"tanh", {800}, {0, 0}, 0},
          {"sigmoid", {800}, {0, 0}, 0},
          {"sigmoid", {-800}, {0, 0}, 0},
          {"softplus", {-800}, {0}, 0},
          {"softplus", {800}, {0}, 1},
          {"erf", {1e200}, {0}, 0},
          {"atan", {1e200}, {0}, 0}});
}

/// The side that was not taken contributes 0, though its slope is infinite or no number.
TEST(Kinks, TheSideNotTakenContributesNothing) {
  const Function selected = [](Builder& b, std::span<const Value> x) {
    const Value zero = b.scalar(DType::f64, 0);
    return b.select(b.op("le", {x[0], zero}), b.mul(x[0], 3.0), b.op("sqrt", {x[0]}));
  };
  EXPECT_EQ(derivative(selected, {0}, {0}), 3);
  EXPECT_EQ(derivative(selected, {-1}, {0}), 3);
  EXPECT_EQ(derivative(selected, {-1}, {0, 0}), 0);
  EXPECT_EQ(derivative(selected, {4}, {0, 0}), -1.0 / 32);
  const Function larger = [](Builder& b, std::span<const Value> x) {
    return b.op("maximum", {b.op("log", {b.mul(x[0], x[0])}), b.scalar(DType::f64, 1)});
  };
  EXPECT_EQ(derivative(larger, {0}, {0}), 0);
  EXPECT_EQ(derivative(larger, {4}, {0}), 0.5);
  const Function power = [](Builder& b, std::span<const Value> x) {
    return b.op("pow", {b.op("sqrt", {x[0]}), x[1]});
  };
  EXPECT_EQ(derivative(power, {0, 0}, {0}), 0);
}

} // namespace
} // namespace nnc
