#include "ir/grad_node.h"
#include "ir/text/print.h"
#include "testing/compiled_run.h"
#include "testing/laws/derived_sample.h"

#include <array>
#include <cmath>
#include <limits>
#include <numbers>

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

using Points = std::vector<double>;

/// y = function(x) for each element, and its first two derivatives.
Graph with_derivatives(Context& context, Value (*function)(Builder& b, Value x), const Type& type) {
  Graph graph(context, "f");
  Builder b(graph);
  const Value x = graph.add_leaf("x", Role::input, type, {});
  const Value y = function(b, x);
  const Value first = build_grad(b, {b.sum(y, {0}), {}, {&x, 1}})[0];
  const Value second = build_grad(b, {b.sum(first, {0}), {}, {&x, 1}})[0];
  graph.outputs = {{"y", y}, {"first", first}, {"second", second}};
  if (b.error()) throw InternalError(b.error()->message);
  return graph;
}

/// log(exp(x) + exp(-x)), which is log(2) more than log(cosh(x)), at 0, far out and at infinity.
TEST(Rewrite, LogarithmsOfOppositeExponentsAreRightAtInfinity) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  const Points points = {-infinity, -1e300, -1e4, -1, -0.0, 0.5, 20, 1e4, infinity};
  const Type type{DType::f64, {static_cast<std::int64_t>(points.size())}};
  const std::vector<Literal> inputs = {real_literal(type, points)};
  const auto both = [](Builder& b, Value x) {
    return b.op("log", {b.add(b.op("exp", {b.neg(x)}), b.op("exp", {x}))});
  };
  const auto cosh = [](Builder& b, Value x) {
    return b.add(b.op("log", {b.op("cosh", {x})}), std::numbers::ln2);
  };
  Points value, first, second;
  for (const double x : points) {
    value.push_back(std::abs(x) + std::log1p(std::exp(-2 * std::abs(x))));
    first.push_back(std::tanh(x));
    second.push_back(1 / (std::cosh(x) * std::cosh(x)));
  }
  for (Value (*const function)(Builder&, Value) : {+both, +cosh}) {
    const OpTable ops = standard_ops();
    Context context(ops);
    const Graph graph = with_derivatives(context, function, type);
    const auto simple = run_pipeline(copy_live(graph), {.stop_after = "simplify.3"});
    ASSERT_TRUE(simple) << simple.error().message;
    const std::string text = print_graph(simple->graph, {.origins = false});
    EXPECT_NE(text.find("tanh %x"), std::string::npos) << text;
    for (const auto& results :
         {interpret(simple->graph, inputs), test::run_compiled(graph, inputs)}) {
      ASSERT_TRUE(results) << results.error().message;
      const std::array wanted = {&value, &first, &second};
      for (std::size_t i = 0; i < wanted.size(); ++i)
        for (std::size_t k = 0; k < points.size(); ++k) {
          const double got = literal_real((*results)[i], static_cast<std::int64_t>(k));
          const double want = (*wanted[i])[k];
          if (std::isinf(want)) // its difference from itself is no number
            EXPECT_EQ(got, want) << graph.outputs[i].name << " at " << points[k];
          else
            EXPECT_NEAR(got, want, 4e-16 * std::max(1.0, std::abs(want)))
                << graph.outputs[i].name << " at " << points[k];
        }
    }
  }
}

} // namespace
} // namespace nnc
