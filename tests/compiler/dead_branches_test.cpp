// What a branch that is not taken would contribute to a derivative never gets in, to order three,
// where it is infinite or NaN as well.
#include "compiler/derivative.h"

#include <gtest/gtest.h>

namespace nnc {
namespace {

/// A function that is x*x where x <= 0 and `of` elsewhere.
Function square_or(const Function& of) {
  return [of](Builder& b, std::span<const Value> x) {
    const Value taken = b.op("gt", {x[0], b.scalar(DType::f64, 0)});
    return b.select(taken, of(b, x), b.mul(x[0], x[0]));
  };
}

const std::pair<const char*, Function> dead_sides[] = {
    {"1 / x", [](Builder& b, auto x) { return b.div(b.scalar(DType::f64, 1), x[0]); }},
    {"log(x)", [](Builder& b, auto x) { return b.op("log", {x[0]}); }},
    {"log(x) * x", [](Builder& b, auto x) { return b.mul(b.op("log", {x[0]}), x[0]); }},
    {"sqrt(x)", [](Builder& b, auto x) { return b.op("sqrt", {x[0]}); }},
    {"sqrt(x) / x", [](Builder& b, auto x) { return b.div(b.op("sqrt", {x[0]}), x[0]); }},
};

TEST(DeadBranches, GiveNothingToAnyOrder) {
  for (const auto& [name, side] : dead_sides)
    for (const double x : {0.0, -1.0, -2.0}) {
      const Function f = square_or(side);
      EXPECT_EQ(derivative(f, {x}, {0}), 2 * x) << name << " at " << x;
      EXPECT_EQ(derivative(f, {x}, {0, 0}), 2) << name << " at " << x;
      EXPECT_EQ(derivative(f, {x}, {0, 0, 0}), 0) << name << " at " << x;
    }
}

TEST(DeadBranches, LiveOnesAreWhatTheyAre) {
  const Function f = square_or(dead_sides[0].second); // 1 / x
  EXPECT_EQ(derivative(f, {2}, {0}), -0.25);
  EXPECT_EQ(derivative(f, {2}, {0, 0}), 0.25);
  EXPECT_EQ(derivative(f, {2}, {0, 0, 0}), -0.375);
}

} // namespace
} // namespace nnc
