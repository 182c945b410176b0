// Contractions by tiles against the interpreter: odd sizes, transposes, batches, windows, fused
// producers and epilogues, long sums.
#include "testing/compiled_run.h"

namespace nnc {
namespace {

using test::expect_same;
using test::Program;
using Integers = std::vector<std::int64_t>;

std::string type(const std::string& dtype, const Integers& shape) {
  return dtype + to_string(std::span(shape));
}

struct Product {
  std::int64_t m, k, n;
};
void PrintTo(const Product& p, std::ostream* out) { *out << p.m << "x" << p.k << "x" << p.n; }

class Products : public testing::TestWithParam<Product> {};
INSTANTIATE_TEST_SUITE_P(Odd, Products,
                         testing::Values(Product{1, 1, 1}, Product{0, 4, 5}, Product{4, 0, 5},
                                         Product{2, 300, 5}, Product{5, 7, 11}, Product{17, 33, 9},
                                         Product{64, 64, 10}, Product{31, 127, 16},
                                         Product{33, 65, 47}, Product{13, 31, 129},
                                         Product{128, 33, 64}, Product{7, 2051, 19},
                                         Product{6, 1024, 48}, Product{3, 100, 512},
                                         Product{61, 59, 257}));

double sum_scale(std::int64_t k) { return 2.0 * static_cast<double>(k) + 4; }

TEST_P(Products, Plain) {
  const auto [m, k, n] = GetParam();
  Program p;
  const Value a = p.input("a", type("f32", {m, k})), b = p.input("b", type("f32", {k, n}));
  p.output("c", p.b.dot(a, b, {{}, {}}, {{1}, {0}}));
  expect_same(p, 8, sum_scale(k));
}

TEST_P(Products, Transposed) {
  const auto [m, k, n] = GetParam();
  Program p;
  const Value a = p.input("a", type("f32", {k, m})), b = p.input("b", type("f32", {n, k}));
  p.output("c", p.b.dot(a, b, {{}, {}}, {{0}, {1}}));
  expect_same(p, 8, sum_scale(k));
}

TEST_P(Products, ResultTransposed) {
  const auto [m, k, n] = GetParam();
  Program p;
  const Value a = p.input("a", type("f32", {m, k})), b = p.input("b", type("f32", {k, n}));
  p.output("c", p.b.transpose(p.b.dot(a, b, {{}, {}}, {{1}, {0}}), {1, 0}));
  expect_same(p, 8, sum_scale(k));
}

TEST_P(Products, Epilogue) {
  const auto [m, k, n] = GetParam();
  Program p;
  const Value a = p.input("a", type("f32", {m, k})), b = p.input("b", type("f32", {k, n}));
  const Value bias = p.input("bias", type("f32", {n})), rest = p.input("rest", type("f32", {m, n}));
  const Value sum = p.b.add(p.b.dot(a, b, {{}, {}}, {{1}, {0}}), p.b.broadcast(bias, {m, n}, {1}));
  p.output("h", p.b.add(p.b.op("maximum", {sum, p.b.zeros_like(sum)}), rest));
  p.output("t", p.b.op("tanh", {sum}));
  expect_same(p, 8, sum_scale(k));
}

TEST_P(Products, FusedProducers) {
  const auto [m, k, n] = GetParam();
  Program p;
  const Value a = p.input("a", type("f32", {m, k})), b = p.input("b", type("f32", {k, n}));
  const Value keep = p.b.op("gt", {a, p.b.zeros_like(a)});
  const Value masked = p.b.select(keep, p.b.mul(a, 0.5), p.b.zeros_like(a));
  p.output("c", p.b.dot(masked, p.b.neg(b), {{}, {}}, {{1}, {0}}));
  expect_same(p, 8, sum_scale(k));
}

TEST_P(Products, DoublesInTwoThreads) {
  const auto [m, k, n] = GetParam();
  Program p;
  const Value a = p.input("a", type("f64", {m, k})), b = p.input("b", type("f64", {k, n}));
  p.output("c", p.b.dot(a, b, {{}, {}}, {{1}, {0}}));
  expect_same(p, 8, sum_scale(k), 2, {.threads = 2});
}

TEST_P(Products, Batched) {
  const auto [m, k, n] = GetParam();
  Program p;
  const Value a = p.input("a", type("f32", {3, m, k})), b = p.input("b", type("f32", {3, n, k}));
  p.output("c", p.b.dot(a, b, {{0}, {0}}, {{2}, {2}}));
  expect_same(p, 8, sum_scale(k), 3, {.threads = 2});
}

TEST_P(Products, ForAvx2) {
  const auto [m, k, n] = GetParam();
  Program p;
  const Value a = p.input("a", type("f32", {m, k})), b = p.input("b", type("f32", {n, k}));
  p.output("c", p.b.dot(a, b, {{}, {}}, {{1}, {1}}));
  expect_same(p, 8, sum_scale(k), 1, {.cpu = {.cpu = "x86-64-v3"}});
}

struct Convolution {
  std::int64_t images, size, channels, kernel, outputs;
};
class Convolutions : public testing::TestWithParam<Convolution> {};
INSTANTIATE_TEST_SUITE_P(Odd, Convolutions,
                         testing::Values(Convolution{2, 9, 3, 3, 8}, Convolution{1, 14, 16, 3, 32},
                                         Convolution{3, 12, 1, 5, 6}));

TEST_P(Convolutions, WithPaddingAndKernelGradient) {
  const auto [images, size, channels, kernel, outputs] = GetParam();
  Program p;
  const Value x = p.input("x", type("f32", {images, size, size, channels}));
  const Value w = p.input("w", type("f32", {kernel, kernel, channels, outputs}));
  const Integers edge{0, kernel / 2, kernel / 2, 0}, none{0, 0, 0, 0};
  const Value wide = p.b.op("pad", {x}, {{"low", edge}, {"high", edge}, {"interior", none}});
  const Value views =
      p.b.op("window", {wide}, {{"axes", Integers{1, 2}}, {"size", Integers{kernel, kernel}}});
  const Value y = p.b.dot(views, w, {{}, {}}, {{4, 5, 3}, {0, 1, 2}});
  p.output("y", y);
  const Value dy = p.input("dy", to_string(p.b.type(y)));
  p.output("dw", p.b.dot(views, dy, {{}, {}}, {{0, 1, 2}, {0, 1, 2}}));
  expect_same(p, 8, sum_scale(kernel * kernel * channels * size * images));
}

TEST(CpuContraction, ThreadsGiveTheSameBits) {
  Program p;
  const Value a = p.input("a", "f32[200,1500]"), b = p.input("b", "f32[1500,300]");
  p.output("c", p.b.dot(a, b, {{}, {}}, {{1}, {0}}));
  const auto inputs = test::random_inputs(p.graph, 3);
  const auto one = test::run_compiled(p.graph, inputs);
  const auto two = test::run_compiled(p.graph, inputs, {.threads = 2});
  ASSERT_TRUE(one.ok() && two.ok());
  EXPECT_EQ((*one)[0], (*two)[0]);
}

} // namespace
} // namespace nnc
