// The same for ops on whole tensors: ties, zeros in products, and branches not taken that lie on
// the other side of a reduction, a move or a scatter.

#include "compiler/derivative.h"

#include <gtest/gtest.h>

namespace nnc {
namespace {

using Integers = std::vector<std::int64_t>;

Value vector_of(Builder& b, std::span<const Value> scalars) {
  std::vector<Value> pieces;
  for (const Value scalar : scalars) pieces.push_back(b.reshape(scalar, {1}));
  return b.op("concat", pieces, {{"axis", std::int64_t{0}}});
}

/// `op` of the vector of all operands, reduced to a scalar.
Function over_all(const std::string& op) {
  return [op](Builder& b, std::span<const Value> x) { return b.op(op, {vector_of(b, x)}); };
}

TEST(TensorKinks, TiesOfMaxShareAndTheShareIsConstant) {
  const Function max = over_all("max"), min = over_all("min");
  EXPECT_EQ(derivative(max, {2, 1, 2, 2, 2}, {0}), 0.25);
  EXPECT_EQ(derivative(max, {2, 1, 2, 2, 2}, {1}), 0);
  EXPECT_EQ(derivative(max, {2, 1, 2}, {0, 2}), 0);
  EXPECT_EQ(derivative(max, {2, 1, 2}, {0, 0}), 0);
  EXPECT_EQ(derivative(min, {0.0, -0.0, 1}, {0}), 0.5);
  EXPECT_EQ(derivative(min, {3, 1, 2}, {1}), 1);
  EXPECT_EQ(derivative(max, {infinity, 1, infinity}, {2}), 0.5);
  const Function squared = [](Builder& b, std::span<const Value> x) {
    const Value y = b.op("max", {vector_of(b, x)});
    return b.mul(y, y);
  };
  EXPECT_EQ(derivative(squared, {3, 3}, {0}), 3);
  EXPECT_EQ(derivative(squared, {3, 3}, {0, 0}), 0.5); // 2 * share * share
}

TEST(TensorKinks, ProductsAreRightAtZerosAtEveryOrder) {
  const Function prod = over_all("prod");
  EXPECT_EQ(derivative(prod, {2, 0, 3, 5, 7}, {1}), 210);
  EXPECT_EQ(derivative(prod, {2, 0, 3, 5, 7}, {0}), 0);
  EXPECT_EQ(derivative(prod, {2, 0, 0, 5, 7}, {1}), 0);
  EXPECT_EQ(derivative(prod, {2, 0, 0, 5, 7}, {1, 2}), 70);
  EXPECT_EQ(derivative(prod, {2, 0, 0, 5, 7}, {2, 2}), 0);
  EXPECT_EQ(derivative(prod, {0, 0, 0, 5, 7}, {2, 0, 1}), 35);
  EXPECT_EQ(derivative(prod, {4}, {0}), 1);
  EXPECT_EQ(derivative(prod, {4}, {0, 0}), 0);
}

/// select(x0 > 0, what `build` makes, 3 * x0) as a scalar, at x0 = 0, where `build` has no slope.
double not_taken(const Function& build, const std::vector<std::size_t>& path) {
  const Function chosen = [&](Builder& b, std::span<const Value> x) {
    const Value positive = b.op("gt", {x[0], b.scalar(DType::f64, 0)});
    return b.select(positive, build(b, x), b.mul(x[0], 3.0));
  };
  return derivative(chosen, {0, 1}, path);
}

TEST(TensorKinks, TheSideNotTakenContributesNothingThroughOpsThatMove) {
  const auto logs = [](Builder& b, std::span<const Value> x) {
    return b.op("log", {vector_of(b, x)});
  };
  const std::vector<Function> ways = {
      [&](Builder& b, std::span<const Value> x) { return b.op("sum", {logs(b, x)}); },
      [&](Builder& b, std::span<const Value> x) {
        return b.sum(b.op("reverse", {b.transpose(b.reshape(logs(b, x), {1, 2}), {1, 0})}), {0, 1});
      },
      [&](Builder& b, std::span<const Value> x) {
        const Value piece = b.op("slice", {logs(b, x)}, {{"stop", Integers{1}}});
        return b.reshape(piece, {});
      },
      [&](Builder& b, std::span<const Value> x) {
        const NamedAttrs around = {{"low", Integers{2}}, {"high", Integers{-1}}};
        return b.op("sum", {b.op("pad", {logs(b, x)}, around)});
      },
      [&](Builder& b, std::span<const Value> x) {
        const NamedAttrs pairs = {
            {"shape", Integers{2}}, {"axes", Integers{0}}, {"size", Integers{1}}};
        return b.op("sum", {b.op("fold", {b.reshape(logs(b, x), {2, 1})}, pairs)});
      },
      [&](Builder& b, std::span<const Value> x) {
        const Value base = b.full({DType::f64, {3}}, 1.0);
        const Value at = b.op("iota", {}, {{"shape", Integers{2}}, {"dtype", DType::i32}});
        return b.op("sum", {b.op("scatter_add", {base, at, logs(b, x)})});
      },
  };
  for (std::size_t i = 0; i < ways.size(); ++i) {
    EXPECT_EQ(not_taken(ways[i], {0}), 3) << "way " << i;
    EXPECT_EQ(not_taken(ways[i], {0, 0}), 0) << "way " << i;
    EXPECT_EQ(not_taken(ways[i], {1}), 0) << "way " << i;
  }
}

} // namespace
} // namespace nnc
