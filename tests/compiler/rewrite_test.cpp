#include "compiler/pipeline.h"
#include "ir/builder.h"
#include "ir/text/print.h"

#include <gtest/gtest.h>

namespace nnc {
namespace {

TEST(Rewrite, BinaryCrossEntropyGradientHasNoLogAndNoQuotient) {
  const OpTable ops = standard_ops();
  Context context(ops);
  Graph g(context, "step");
  Builder b(g);
  const Value x = g.add_leaf("x", Role::input, {DType::f32, {32, 20}}, {});
  const Value y = g.add_leaf("y", Role::input, {DType::f32, {32}}, {});
  const Value w = g.add_leaf("w", Role::param, {DType::f32, {20}}, {});
  const Value bias = g.add_leaf("b", Role::param, {DType::f32, {}}, {});
  const Value z = b.sub(b.neg(b.dot(x, w, {{}, {}}, {{1}, {0}})), b.broadcast(bias, {32}, {}));
  const Value one = b.full({DType::f32, {32}}, 1);
  const Value p = b.div(one, b.add(one, b.op("exp", {z})));
  const Value row =
      b.sub(b.mul(b.neg(y), b.op("log", {p})), b.mul(b.sub(one, y), b.op("log", {b.sub(one, p)})));
  const Value loss = b.mul(b.sum(row, {0}), 1.0 / 32);
  const auto grads = b.ops("grad", std::vector<Value>{loss, w, bias}, {{"wrt", std::int64_t{2}}});
  g.set_value_name(p, "p");
  g.set_value_name(loss, "loss");
  g.outputs = {{"loss", loss}, {"gw", grads[0]}, {"gb", grads[1]}};
  ASSERT_FALSE(b.error());
  const auto result = run_pipeline(std::move(g), {.stop_after = "simplify.3"});
  ASSERT_TRUE(result);
  const std::string text = print_graph(result->graph, {.origins = false});
  EXPECT_EQ(text.find("log "), std::string::npos) << text;
  EXPECT_EQ(text.find("div "), std::string::npos) << text;
  EXPECT_EQ(text.find("exp "), std::string::npos) << text;
  EXPECT_NE(text.find("sub %"), std::string::npos) << text;
}

/// Where x - max(x) has become -(y + max(-y)), softmax is still one that is shifted.
TEST(Rewrite, WeightsOfNegatedRowsAreShiftedOnce) {
  const OpTable ops = standard_ops();
  Context context(ops);
  Graph g(context, "mean");
  Builder b(g);
  const Value y = g.add_leaf("y", Role::input, {DType::f64, {4, 7}}, {});
  const Value v = g.add_leaf("v", Role::input, {DType::f64, {4, 7}}, {});
  const Value z = b.sub(b.neg(b.mul(y, y)), b.op("sin", {v}));
  const Value weights = b.op("exp", {z}), total = b.sum(weights, {1});
  g.outputs = {{"p", b.div(weights, b.broadcast(total, {4, 7}, {0}))},
               {"mean", b.div(b.sum(b.mul(v, weights), {1}), total)}};
  ASSERT_FALSE(b.error());
  const auto result = run_pipeline(std::move(g), {.stop_after = "simplify.3"});
  ASSERT_TRUE(result);
  const std::string text = print_graph(result->graph, {.origins = false});
  EXPECT_EQ(text.find(" max "), text.rfind(" max ")) << text;
  EXPECT_NE(text.find(" max "), std::string::npos) << text;
}

} // namespace
} // namespace nnc
