#include "ir/kernel/expr.h"

#include <gtest/gtest.h>

namespace nnc {
namespace {

TEST(Index, SplittingAndJoiningLeavesNoTrace) {
  IndexPool pool;
  const Index i = pool.of(pool.new_axis(6, "i")), j = pool.of(pool.new_axis(35, "j"));
  const Index flat = pool.add(pool.mul(i, 35), j);
  const auto at = delinearize(pool, flat, std::vector<std::int64_t>{6, 35});
  EXPECT_EQ(at[0], i);
  EXPECT_EQ(at[1], j);
  const std::vector<std::int64_t> other{14, 15};
  const auto crossed = delinearize(pool, flat, other);
  EXPECT_EQ(linearize(pool, crossed, other), flat);
}

TEST(Index, EqualFormsAreOneIndex) {
  IndexPool pool;
  const Index i = pool.of(pool.new_axis(8, "i")), j = pool.of(pool.new_axis(8, "j"));
  EXPECT_EQ(pool.add(i, j), pool.add(j, i));
  EXPECT_EQ(pool.sub(pool.add(i, 3), i), pool.constant(3));
  EXPECT_EQ(pool.floor_div(pool.add(pool.mul(i, 8), j), 8), i);
  EXPECT_EQ(pool.mod(pool.add(pool.mul(i, 8), j), 8), j);
  EXPECT_EQ(pool.floor_div(pool.floor_div(pool.add(i, j), 2), 3),
            pool.floor_div(pool.add(i, j), 6));
}

TEST(Index, RangesBoundNegativeIndices) {
  IndexPool pool;
  const Index i = pool.of(pool.new_axis(5, "i"));
  const Index shifted = pool.add(pool.mul(i, -2), 3);
  EXPECT_EQ(pool.range(shifted).low, -5);
  EXPECT_EQ(pool.range(shifted).high, 3);
  EXPECT_EQ(pool.range(pool.floor_div(shifted, 2)).low, -3);
}

TEST(Expr, InterningAndFreeAxes) {
  ExprPool pool;
  const Axis i = pool.indices().new_axis(4, "i"), k = pool.indices().new_axis(9, "k");
  const std::vector<Index> at{pool.indices().of(i), pool.indices().of(k)};
  const Expr x = pool.element(0, DType::f32, at);
  EXPECT_EQ(x, pool.element(0, DType::f32, at));
  const Expr sum = pool.reduce(Combiner::sum, std::vector<Axis>{k}, pool.mul(x, x));
  ASSERT_EQ(pool.free_axes(sum).size(), 1u);
  EXPECT_EQ(pool.free_axes(sum)[0], i);
  EXPECT_NE(pool.constant(DType::f32, 0.0), pool.constant(DType::f32, -0.0));
}

} // namespace
} // namespace nnc
