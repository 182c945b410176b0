// Kernels of loops: pointwise, reductions along rows and columns, staged rows, layout, against the
// interpreter at odd sizes.
#include "testing/compiled_run.h"

namespace nnc {
namespace {

using test::expect_same;
using test::Program;

class Sizes : public testing::TestWithParam<std::int64_t> {};
INSTANTIATE_TEST_SUITE_P(Odd, Sizes,
                         testing::Values(0, 1, 2, 3, 7, 15, 16, 17, 31, 33, 64, 127, 257, 1031));

std::string f32(std::int64_t n) { return "f32[" + std::to_string(n) + "]"; }
std::string f32(std::int64_t m, std::int64_t n) {
  return "f32[" + std::to_string(m) + "," + std::to_string(n) + "]";
}

TEST_P(Sizes, Pointwise) {
  Program p;
  const Value x = p.input("x", f32(GetParam())), y = p.input("y", f32(GetParam()));
  p.output("z", p.b.add(p.b.mul(x, y), p.b.op("tanh", {x})));
  p.output("d", p.b.div(x, y));
  expect_same(p);
}

TEST_P(Sizes, BroadcastRow) {
  Program p;
  const Value x = p.input("x", f32(5, GetParam())), y = p.input("y", f32(GetParam()));
  const Value wide = p.b.broadcast(y, {5, GetParam()}, {1});
  p.output("z", p.b.op("maximum", {p.b.add(x, wide), p.b.zeros_like(x)}));
  expect_same(p);
}

TEST_P(Sizes, BroadcastColumn) {
  Program p;
  const Value x = p.input("x", f32(GetParam(), 6)), y = p.input("y", f32(GetParam()));
  p.output("z", p.b.mul(x, p.b.broadcast(y, {GetParam(), 6}, {0})));
  expect_same(p);
}

/// Rows that kernels keep to themselves end in the middle of a vector.
TEST_P(Sizes, RowsWithinRows) {
  const std::int64_t n = GetParam();
  if (n == 0) return;
  Program p;
  const Value x = p.input("x", f32(n, 3)), w = p.b.op("exp", {p.input("w", f32(n))});
  const Value d = p.b.sub(p.b.broadcast(x, {n, n, 3}, {0, 2}), p.b.broadcast(x, {n, n, 3}, {1, 2}));
  const Value size =
      p.b.op("sqrt", {p.b.add(p.b.sum(p.b.mul(d, d), {2}), p.b.broadcast(w, {n, n}, {0}))});
  p.output("size", size);
  p.output("ways", p.b.div(d, p.b.broadcast(size, {n, n, 3}, {0, 1})));
  if (n <= 64) expect_same(p, 64);
}

/// Of the padded axis only every other element comes from x; the slices take the ones between.
TEST(Layout, WhatLiesBetweenPaddedElementsIsPadding) {
  using Integers = std::vector<std::int64_t>;
  Program p;
  const Value x = p.input("x", "f32[4]");
  const Value wide =
      p.b.op("pad", {x}, {{"low", Integers{3}}, {"high", Integers{0}}, {"interior", Integers{1}}});
  p.output("between", p.b.op("slice", {wide}, {{"start", Integers{0}}, {"step", Integers{2}}}));
  p.output("elements", p.b.op("slice", {wide}, {{"start", Integers{1}}, {"step", Integers{2}}}));
  const Value pieces = p.b.op("fold", {p.input("y", "f32[3,1]")},
                              {{"shape", Integers{6}},
                               {"axes", Integers{0}},
                               {"size", Integers{1}},
                               {"stride", Integers{2}},
                               {"dilation", Integers{1}}});
  p.output("gaps", p.b.op("slice", {pieces}, {{"start", Integers{1}}, {"step", Integers{2}}}));
  ASSERT_FALSE(p.b.error()) << p.b.error()->message;
  expect_same(p);
}

TEST_P(Sizes, Sums) {
  Program p;
  const Value x = p.input("x", f32(GetParam(), 37));
  p.output("rows", p.b.sum(x, {1}));
  p.output("columns", p.b.sum(x, {0}));
  p.output("all", p.b.sum(x, {0, 1}));
  p.output("squares", p.b.sum(p.b.mul(x, x), {0}));
  expect_same(p, 8, 40'000);
}

TEST_P(Sizes, LongRows) {
  Program p;
  const Value x = p.input("x", f32(3, GetParam()));
  p.output("sum", p.b.sum(x, {1}));
  p.output("dot", p.b.sum(p.b.mul(x, x), {1}));
  p.output("max", p.b.op("max", {x}, {{"axes", std::vector<std::int64_t>{1}}}));
  p.output("columns", p.b.op("min", {x}, {{"axes", std::vector<std::int64_t>{0}}}));
  expect_same(p, 8, 1100);
}

TEST_P(Sizes, Softmax) {
  Program p;
  const std::int64_t n = GetParam();
  const Value x = p.input("x", f32(9, n));
  const std::vector<std::int64_t> last{1};
  const Value top = p.b.broadcast(p.b.op("max", {x}, {{"axes", last}}), {9, n}, {0});
  const Value e = p.b.op("exp", {p.b.sub(x, top)});
  const Value s = p.b.broadcast(p.b.sum(e, {1}), {9, n}, {0});
  p.output("p", p.b.div(e, s));
  expect_same(p, 16);
}

TEST_P(Sizes, TransposeAndReverse) {
  Program p;
  const Value x = p.input("x", f32(GetParam(), 5));
  p.output("t", p.b.transpose(x, {1, 0}));
  p.output("r", p.b.op("reverse", {x}, {{"axes", std::vector<std::int64_t>{0, 1}}}));
  p.output("s", p.b.transpose(p.b.reshape(x, {5, GetParam()}), {1, 0}));
  expect_same(p);
}

TEST_P(Sizes, Doubles) {
  Program p;
  const std::string type = "f64[" + std::to_string(GetParam()) + "]";
  const Value x = p.input("x", type), y = p.input("y", type);
  p.output("z", p.b.add(p.b.op("exp", {x}), p.b.op("sin", {y})));
  p.output("s", p.b.sum(p.b.mul(x, y), {0}));
  expect_same(p, 8, 64);
}

TEST(CpuKernel, UpdatesReadOldValues) {
  Program p;
  const Value a = p.input("a", "f32[19]", Role::param), c = p.input("c", "f32[19]", Role::param);
  const Value m = p.input("m", "f32[19]", Role::state);
  const Value next = p.b.add(p.b.mul(m, 0.5), a);
  p.update("m", next);
  p.update("a", c);
  p.update("c", p.b.sub(a, next));
  p.output("old", m);
  expect_same(p);
}

// The exponentials lie at a multiple of 64 bytes and go past the caches, the halves are an argument
// that lies anywhere and do not. 37 columns more than whole vectors.
TEST(CpuKernel, LargeResultsPastTheCachesAreWhatTheyAre) {
  for (const std::int64_t columns : {1024, 1061}) {
    Program p;
    const Value x = p.input("x", f32(1040, columns));
    const Value wide = p.b.op("exp", {x});
    p.output("columns", p.b.sum(wide, {0}));
    p.output("rows", p.b.sum(wide, {1}));
    p.output("halves", p.b.mul(x, 0.5));
    expect_same(p, 64, 64);
    const auto inputs = test::random_inputs(p.graph, 3);
    const auto one = test::run_compiled(p.graph, inputs);
    const auto two = test::run_compiled(p.graph, inputs, {.threads = 2});
    ASSERT_TRUE(one.ok() && two.ok());
    for (std::size_t i = 0; i < one->size(); ++i) EXPECT_EQ((*one)[i], (*two)[i]);
  }
}

TEST(CpuKernel, ThreadsGiveTheSameBits) {
  Program p;
  const Value x = p.input("x", "f32[301,1000]");
  p.output("y", p.b.op("tanh", {x}));
  p.output("rows", p.b.sum(x, {1}));
  p.output("columns", p.b.sum(p.b.mul(x, x), {0}));
  const auto inputs = test::random_inputs(p.graph, 3);
  const auto one = test::run_compiled(p.graph, inputs);
  const auto two = test::run_compiled(p.graph, inputs, {.threads = 2});
  ASSERT_TRUE(one.ok() && two.ok());
  for (std::size_t i = 0; i < one->size(); ++i) EXPECT_EQ((*one)[i], (*two)[i]);
}

} // namespace
} // namespace nnc
