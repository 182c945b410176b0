// Adding an op takes one row and one sample, nothing else: the row below is known to no file of
// nnc, and is differentiated twice, printed, fused with its neighbours and compiled.
#include "testing/compiled_run.h"

#include "ir/text/print.h"

namespace nnc::test {
namespace {

/// bend(x) = x / (1 + x*x)
OpRow bend_row() {
  return {.name = "bend",
          .kind = "element-wise",
          .doc = "x / (1 + x*x)",
          .derivative = "(1 - x*x) / (1 + x*x)^2",
          .infer = ops::infer_same,
          .element =
              [](ElementBuilder& e, int, std::span<const Index> at) {
                const Expr x = e.input(0, at), one = e.pool.constant(e.in(0).dtype, 1);
                return e.pool.div(x, e.pool.add(one, e.pool.mul(x, x)));
              },
          .grad =
              [](Pullback& p) {
                const Value xx = p.b.mul(p.in(0), p.in(0)), below = p.b.add(xx, 1.0);
                const Value slope =
                    p.b.div(p.b.sub(p.b.full(p.in_type(0), 1), xx), p.b.mul(below, below));
                p.give(0, p.b.mul(p.ct(), slope));
              },
          .elementwise = true};
}

struct Sample {
  double x, value, first, second; ///< by hand: the second derivative is 2x(x*x - 3)/(1 + x*x)^3
};
constexpr Sample samples[] = {
    {0, 0, 1, 0}, {1, 0.5, 0, -0.5}, {2, 0.4, -0.12, 0.032}, {-3, -0.3, -0.08, -0.036}};

TEST(MadeUpRow, IsDifferentiatedFusedAndCompiled) {
  Program program;
  program.ops.add(bend_row());
  Builder& b = program.b;
  const Value x = program.input("x", "f64[4]");
  const Value y = b.op("bend", {x});
  const Value first = b.op("grad", {b.sum(y, {0}), x}, {{"wrt", std::int64_t{1}}});
  const Value second = b.op("grad", {b.sum(first, {0}), x}, {{"wrt", std::int64_t{1}}});
  program.output("y", b.mul(y, 1.0));
  program.output("first", first);
  program.output("second", second);
  ASSERT_FALSE(b.error()) << b.error()->message;
  EXPECT_NE(print_graph(program.graph).find("bend %x"), std::string::npos);
  EXPECT_EQ(compile_to_kernels(program.graph).kernels.size(), 1u);

  auto bytes = std::make_shared<std::vector<std::byte>>(4 * sizeof(double));
  for (std::int64_t i = 0; i < 4; ++i) store_real(DType::f64, bytes->data(), i, samples[i].x);
  const auto results =
      run_compiled(program.graph, std::vector<Literal>{{{DType::f64, {4}}, bytes}});
  ASSERT_TRUE(results) << results.error().message;
  for (std::int64_t i = 0; i < 4; ++i) {
    EXPECT_NEAR(literal_real((*results)[0], i), samples[i].value, 1e-15);
    EXPECT_NEAR(literal_real((*results)[1], i), samples[i].first, 1e-15);
    EXPECT_NEAR(literal_real((*results)[2], i), samples[i].second, 1e-15);
  }
}

} // namespace
} // namespace nnc::test
