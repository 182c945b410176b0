// Graphs on which merging kernels once changed the order of what depends on each other, and sums
// that a rewrite once gave another type or value. Found by the law of random graphs.

#include "testing/compiled_run.h"

namespace nnc::test {
namespace {

using Axes = std::vector<std::int64_t>;

// The copy of the base must not join the loop over the same tensor that comes after the additions.
TEST(MergeOrder, BaseOfScatterIsCopiedBeforeItIsAddedTo) {
  Program p;
  const Value x = p.input("x", "i64[3]"), at = p.input("at", "u32[5]");
  const Value i = p.b.op("rem", {at, p.b.full(p.b.type(at), 3)});
  const Value updates = p.input("u", "i64[5]");
  p.output("y", p.b.op("scatter_add", {x, i, updates}, {{"axes", Axes{0}}}));
  p.output("z", p.b.cast(x, DType::f64));
  expect_same(p, 0);
}

// The loop with the comparison stands before the one that exp was merged into, and reads it
// backwards: they are not two loops over the same input.
TEST(MergeOrder, NeighboursThatReadEachOtherStayApart) {
  Program p;
  const Value x = p.input("x", "f64[2,7]"), y = p.input("y", "f64[2,7]");
  const Value e = p.b.op("exp", {p.b.op("sin", {x})});
  const Value backwards = p.b.op("reverse", {e}, {{"axes", Axes{1}}});
  p.output("ge", p.b.op("ge", {backwards, p.b.op("minimum", {x, y})}));
  p.output("chosen", p.b.select(p.b.op("is_nan", {x}), x, e));
  expect_same(p, 4);
}

TEST(SumRewrites, SumOverNoAxesStillWidens) {
  Program p;
  const Value x = p.input("x", "bool[4]");
  p.output("y", p.b.sum(x, {}));
  expect_same(p, 0);
}

TEST(SumRewrites, EmptySumOfInfinitiesIsZero) {
  Program p;
  const Value x = p.input("x", "f64[3]");
  const Value huge = p.b.op("exp", {p.b.add(p.b.mul(x, 0.0), 1e4)});
  p.output("y", p.b.sum(p.b.broadcast(huge, {0, 3}, {1}), {0}));
  expect_same(p, 0);
}

} // namespace
} // namespace nnc::test
