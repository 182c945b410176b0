#include "compiler/pipeline.h"
#include "ir/builder.h"
#include "ir/text/print.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace nnc {
namespace {

/// y = tanh(y) * x, again and again, and the derivative of its sum.
Graph chain(Context& context, int length) {
  Graph g(context, "chain");
  Builder b(g);
  const Value x = g.add_leaf("x", Role::input, {DType::f32, {8}}, {});
  Value y = x;
  for (int i = 0; i < length / 2; ++i) y = b.mul(b.op("tanh", {y}), x);
  const Value sum = b.sum(y, {0});
  const Value gradient = b.op("grad", {sum, x}, {{"wrt", std::int64_t{1}}});
  g.outputs = {{"y", sum}, {"gx", gradient}};
  return g;
}

/// c = c @ a, again and again.
Graph products(Context& context, int length) {
  Graph g(context, "products");
  Builder b(g);
  const Value a = g.add_leaf("a", Role::input, {DType::f32, {4, 4}}, {});
  Value c = a;
  for (int i = 0; i < length; ++i) c = b.dot(c, a, {{}, {}}, {{1}, {0}});
  g.outputs = {{"c", c}};
  return g;
}

/// For whoever reads the log: what the steps took, and verification after them.
void print_times(const PipelineResult& result) {
  double total = 0;
  for (const StepTime& time : result.times) total += time.milliseconds;
  for (const StepTime& time : result.times) fmt::print("{} {:.0f}, ", time.name, time.milliseconds);
  fmt::print("total {:.0f} ms\n", total);
}

TEST(Depth, NothingRecursesOnALongChain) {
  const OpTable ops = standard_ops();
  Context context(ops);
  const auto result = run_pipeline(chain(context, 100'000), {});
  ASSERT_TRUE(result);
  print_times(*result);
  EXPECT_GT(result->graph.node_count(), 300'000u);
  EXPECT_GT(print_graph(result->graph).size(), 10'000'000u);
}

TEST(Depth, ManySmallProducts) {
  const OpTable ops = standard_ops();
  Context context(ops);
  const auto result = run_pipeline(products(context, 20'000), {});
  ASSERT_TRUE(result);
  print_times(*result);
  EXPECT_EQ(result->program->kernels.size(), 20'000u);
}

} // namespace
} // namespace nnc
