#include "ir/kernel/expr.h"
#include "ir/kernel/reshaped.h"

#include <gtest/gtest.h>

#include <functional>

namespace nnc {
namespace {

/// The value of an index where the axes have values.
std::int64_t value_at(const IndexPool& pool, Index index,
                      const std::function<std::int64_t(Axis)>& axis) {
  std::int64_t sum = pool.form(index).constant;
  for (const IndexTerm& term : pool.form(index).terms) {
    std::int64_t atom = 0;
    if (term.atom.kind == AtomKind::axis) {
      atom = axis(Axis{term.atom.id});
    } else {
      const std::int64_t inner = value_at(pool, Index{term.atom.id}, axis);
      const std::int64_t rest = ((inner % term.atom.by) + term.atom.by) % term.atom.by;
      atom = term.atom.kind == AtomKind::mod ? rest : (inner - rest) / term.atom.by;
    }
    sum += term.coefficient * atom;
  }
  return sum;
}

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

/// [6,5,16] as [6,80]: what stays the same is not divided, though j - 1 may be outside.
TEST(Index, AxesThatStayAreNotDivided) {
  IndexPool pool;
  const Index i = pool.of(pool.new_axis(6, "i")), k = pool.of(pool.new_axis(16, "k"));
  const Index j = pool.add(pool.of(pool.new_axis(6, "j")), -1);
  const std::vector<std::int64_t> from{6, 1, 5, 16}, to{6, 80};
  const auto joined = reshaped(pool, std::vector<Index>{i, pool.constant(0), j, k}, from, to);
  ASSERT_EQ(joined.size(), 2U);
  EXPECT_EQ(joined[0], i);
  EXPECT_EQ(joined[1], pool.add(pool.mul(j, 16), k));
  const auto again = reshaped(pool, joined, to, from);
  EXPECT_EQ(again[2], pool.floor_div(joined[1], 16));
  EXPECT_EQ(again[3], k);
  EXPECT_TRUE(reshaped(pool, std::vector<Index>{pool.constant(0)}, std::vector<std::int64_t>{1}, {})
                  .empty());
  EXPECT_EQ(reshaped(pool, std::vector<Index>{i}, std::vector<std::int64_t>{0},
                     std::vector<std::int64_t>{3, 0})
                .size(),
            2U);
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

/// Rows of rows: what divides by both sizes divides by one, and all meets again.
TEST(Index, DivisionsByAProductTakeOneFactorAtATime) {
  IndexPool pool;
  const Index i = pool.of(pool.new_axis(200, "i")), k = pool.of(pool.new_axis(200, "k"));
  const Index flat = pool.add(pool.mul(i, 200), k);
  EXPECT_EQ(pool.floor_div(flat, 5000), pool.floor_div(i, 25));
  EXPECT_EQ(pool.mod(flat, 5000), pool.add(pool.mul(pool.mod(i, 25), 200), k));
  const std::vector<std::int64_t> shape{8, 25, 200};
  EXPECT_EQ(linearize(pool, delinearize(pool, flat, shape), shape), flat);
  // A rest that does not fit below the factor stays where it is.
  const Index wide = pool.add(pool.mul(i, 100), k);
  EXPECT_EQ(pool.range(pool.floor_div(wide, 500)).high, (199 * 100 + 199) / 500);
  EXPECT_NE(pool.floor_div(wide, 500), pool.floor_div(i, 5));
}

/// At every point, for forms with constants and negative coefficients too.
TEST(Index, DivisionsAreThoseOfTheirPoints) {
  for (const std::int64_t by : {6, 12, 30})
    for (const std::int64_t a : {-12, -6, 2, 3, 6, 15})
      for (const std::int64_t c : {-7, 0, 5}) {
        IndexPool pool;
        const Axis x = pool.new_axis(5, "x"), y = pool.new_axis(4, "y");
        const Index form = pool.add(pool.add(pool.mul(pool.of(x), a), pool.of(y)), c);
        const Index divided = pool.floor_div(form, by), rest = pool.mod(form, by);
        for (std::int64_t at_x = 0; at_x < 5; ++at_x)
          for (std::int64_t at_y = 0; at_y < 4; ++at_y) {
            const auto at = [&](Axis axis) { return axis == x ? at_x : at_y; };
            const std::int64_t value = a * at_x + at_y + c;
            const std::int64_t quotient = (value - ((value % by) + by) % by) / by;
            EXPECT_EQ(value_at(pool, divided, at), quotient);
            EXPECT_EQ(value_at(pool, rest, at), value - quotient * by);
          }
      }
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
