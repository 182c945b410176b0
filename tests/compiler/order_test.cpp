// Derivatives of derivatives against nested dual numbers, which never see a gradient rule.
#include "compiler/pipeline.h"
#include "ir/builder.h"
#include "ir/interpret/interpreter.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace nnc {
namespace {

Literal reals(Shape shape, std::mt19937_64& engine) {
  std::normal_distribution<double> normal;
  Literal literal = splat_literal(Type{DType::f64, std::move(shape)}, 0.0);
  auto bytes = std::make_shared<std::vector<std::byte>>(*literal.bytes);
  for (std::int64_t i = 0; i < literal.type.elements(); ++i)
    store_real(DType::f64, bytes->data(), i, normal(engine));
  literal.bytes = std::move(bytes);
  return literal;
}

Graph simplest(Graph graph) {
  auto result = run_pipeline(std::move(graph), {.stop_after = "simplify.3"});
  if (!result) throw InternalError(result.error().message);
  return std::move(result->graph);
}

/// f(x) = tanh(x) * exp(-x*x) and its derivatives up to `order`, as sums over elements.
Graph bump(Context& context, int order) {
  Graph g(context, "bump");
  Builder b(g);
  const Value x = g.add_leaf("x", Role::input, {DType::f64, {7}}, {});
  Value f = b.mul(b.op("tanh", {x}), b.op("exp", {b.neg(b.mul(x, x))}));
  for (int i = 0; i < order; ++i) f = b.op("grad", {b.sum(f, {0}), x}, {{"wrt", std::int64_t{1}}});
  g.outputs = {{"f", f}};
  EXPECT_FALSE(b.error());
  return g;
}

TEST(Order, ThirdDerivativeEqualsSecondOfDuals) {
  const OpTable ops = standard_ops();
  Context context(ops);
  std::mt19937_64 engine(1);
  const std::vector<Literal> at{reals({7}, engine)};
  const std::vector<Direction> ones{Direction(7, 1.0)};
  const auto third = interpret(simplest(bump(context, 3)), at);
  // f' by rules, then two orders by duals; elements do not mix, so direction 1 is each derivative.
  const auto duals = second_by_duals(simplest(bump(context, 1)), at, ones, ones);
  ASSERT_TRUE(third && duals);
  for (std::int64_t i = 0; i < 7; ++i) {
    const double expected = (*duals)[0].mixed[static_cast<std::size_t>(i)];
    EXPECT_NEAR(literal_real((*third)[0], i), expected, 1e-10 * std::max(1.0, std::abs(expected)));
  }
}

/// Mean squared output of a two-layer net and, if asked for, its Hessian times `v` by grad of grad.
Graph net(Context& context, bool product) {
  Graph g(context, "net");
  Builder b(g);
  const auto leaf = [&](const char* name, Shape shape) {
    return g.add_leaf(name, Role::input, {DType::f64, std::move(shape)}, {});
  };
  const Value x = leaf("x", {5, 4}), w1 = leaf("w1", {4, 6}), w2 = leaf("w2", {6, 3});
  const Value h = b.op("tanh", {b.dot(x, w1, {{}, {}}, {{1}, {0}})});
  const Value y = b.dot(h, w2, {{}, {}}, {{1}, {0}});
  const Value loss = b.mul(b.sum(b.mul(y, y), {0, 1}), 1.0 / 15);
  g.outputs = {{"loss", loss}};
  if (product) {
    const Value v1 = leaf("v1", {4, 6}), v2 = leaf("v2", {6, 3});
    const auto gradients =
        b.ops("grad", std::vector<Value>{loss, w1, w2}, {{"wrt", std::int64_t{2}}});
    const Value along =
        b.add(b.sum(b.mul(gradients[0], v1), {0, 1}), b.sum(b.mul(gradients[1], v2), {0, 1}));
    const auto hvp = b.ops("grad", std::vector<Value>{along, w1, w2}, {{"wrt", std::int64_t{2}}});
    g.outputs = {{"h1", hvp[0]}, {"h2", hvp[1]}};
  }
  EXPECT_FALSE(b.error());
  return g;
}

Direction elements(const Literal& literal) {
  Direction list;
  for (std::int64_t i = 0; i < literal.type.elements(); ++i)
    list.push_back(literal_real(literal, i));
  return list;
}

TEST(Order, HessianVectorProductEqualsNestedDuals) {
  const OpTable ops = standard_ops();
  Context context(ops);
  std::mt19937_64 engine(2);
  const std::vector<Literal> at{reals({5, 4}, engine), reals({4, 6}, engine),
                                reals({6, 3}, engine)};
  const Literal v1 = reals({4, 6}, engine), v2 = reals({6, 3}, engine);
  const Literal u1 = reals({4, 6}, engine), u2 = reals({6, 3}, engine);
  const auto hvp =
      interpret(simplest(net(context, true)), std::vector{at[0], at[1], at[2], v1, v2});
  ASSERT_TRUE(hvp);
  // u^T H v both ways: by the product, and as the mixed second derivative of the loss.
  double product = 0, size = 0;
  for (const auto& [u, h] : {std::pair{u1, (*hvp)[0]}, std::pair{u2, (*hvp)[1]}})
    for (std::int64_t i = 0; i < u.type.elements(); ++i) {
      product += literal_real(u, i) * literal_real(h, i);
      size += std::abs(literal_real(u, i) * literal_real(h, i));
    }
  const std::vector<Direction> v{{}, elements(v1), elements(v2)}, u{{}, elements(u1), elements(u2)};
  const auto duals = second_by_duals(simplest(net(context, false)), at, v, u);
  ASSERT_TRUE(duals);
  EXPECT_GT(size, 0.1);
  EXPECT_NEAR(product, (*duals)[0].mixed[0], 1e-10 * size);
}

} // namespace
} // namespace nnc
