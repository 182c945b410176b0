// Derivatives with respect to an intermediate beside others: each is right and stays finite, and
// what is not in the way is not copied.
#include "compiler/separate.h"

#include "compiler/differentiate.h"
#include "compiler/pipeline.h"
#include "ir/grad_node.h"
#include "ir/interpret/interpreter.h"

#include <gtest/gtest.h>

#include <cmath>

namespace nnc {
namespace {

const Type row{DType::f64, {3}};

/// loss = -sum(y*log(p) + (1-y)*log(1-p)), p = 1/(1+exp(-z)), z = w*3, with p cut.
struct CrossEntropy {
  explicit CrossEntropy(Context& context) : graph(context, "f"), b(graph) {
    w = graph.add_leaf("w", Role::input, row, {});
    y = graph.add_leaf("y", Role::input, row, {});
    const Value one = b.full(row, 1);
    z = b.mul(w, b.full(row, 3));
    p = b.op("cut", {b.div(one, b.add(b.op("exp", {b.neg(z)}), one))}, {{"name", "p"}});
    loss = b.neg(
        b.sum(b.add(b.mul(y, b.op("log", {p})), b.mul(b.sub(one, y), b.op("log", {b.sub(one, p)}))),
              {0}));
  }

  Value grad(Value of, Value wrt) { return build_grad(b, {of, {}, std::span(&wrt, 1)})[0]; }

  Graph graph;
  Builder b;
  Value w, y, z, p, loss;
};

std::vector<Literal> at(double w, double y) {
  return {splat_literal(row, w), splat_literal(row, y)};
}

double first(const Literal& literal) { return literal_real(literal, 0); }

std::vector<Literal> values_of(const Graph& graph, const std::vector<Literal>& inputs) {
  auto values = interpret(graph, inputs);
  EXPECT_TRUE(values);
  return std::move(*values);
}

/// Outputs after the steps up to `simplify.3`.
std::vector<Literal> outputs(Graph graph, const std::vector<Literal>& inputs) {
  auto simple = run_pipeline(std::move(graph), {.stop_after = "simplify.3"});
  EXPECT_TRUE(simple);
  return values_of(simple->graph, inputs);
}

class Separate : public testing::Test {
protected:
  const OpTable ops = standard_ops();
  Context context{ops};
  CrossEntropy f{context};
};

TEST_F(Separate, TheLeafGradientIsFiniteBesideThatOfTheIntermediate) {
  const Value wrt[] = {f.w, f.p};
  const auto both = build_grad(f.b, {f.loss, {}, wrt});
  f.graph.outputs = {{"gw", both[0]}, {"gp", both[1]}};
  ASSERT_TRUE(separate_derivatives(f.graph, context));
  const auto values = outputs(std::move(f.graph), at(-1e4, 1));
  EXPECT_EQ(first(values[0]), -3); // 3 * (p - y)
  EXPECT_EQ(first(values[1]), -std::numeric_limits<double>::infinity());
}

TEST_F(Separate, DerivativesAskedForOneByOneDoNotDisturbEachOtherEither) {
  f.graph.outputs = {{"gp", f.grad(f.loss, f.p)}, {"gw", f.grad(f.loss, f.w)}};
  const auto values = outputs(std::move(f.graph), at(-1e4, 1));
  EXPECT_EQ(first(values[1]), -3);
}

TEST_F(Separate, EveryOrderEqualsThatOfTheGraphAsWritten) {
  const Value wrt[] = {f.p, f.w, f.p};
  const auto twice = build_grad(f.b, {f.loss, {}, wrt}); // a variable may come twice
  const Value gw = twice[1], gp = twice[0];
  const auto total = [&](Value value) { return f.b.sum(f.b.mul(value, value), {0}); };
  f.graph.outputs = {{"loss", f.loss},
                     {"gp", gp},
                     {"gw", gw},
                     {"gp again", twice[2]},
                     {"d gp / dp", f.grad(total(gp), f.p)},
                     {"d gp / dw", f.grad(total(gp), f.w)},
                     {"d gw / dp", f.grad(total(gw), f.p)},
                     {"d gw / dw", f.grad(total(gw), f.w)}};
  ASSERT_FALSE(f.b.error());
  std::vector<double> expected;
  for (const Literal& value : values_of(differentiate(f.graph, context), at(0.25, 0.75)))
    expected.push_back(first(value));
  const std::vector<Output> names = f.graph.outputs;
  const auto values = outputs(std::move(f.graph), at(0.25, 0.75));
  for (std::size_t i = 0; i < values.size(); ++i)
    EXPECT_NEAR(first(values[i]), expected[i], 1e-12 * std::max(1.0, std::abs(expected[i])))
        << names[i].name;
}

TEST_F(Separate, ACutThatHidesNothingIsNotCopiedFor) {
  const Value h = f.b.op("cut", {f.b.op("tanh", {f.w})}, {{"name", "h"}});
  const Value total = f.b.sum(f.b.mul(h, f.y), {0});
  const Value wrt[] = {f.w, h};
  const auto both = build_grad(f.b, {total, {}, wrt});
  f.graph.outputs = {{"gw", both[0]}, {"gh", both[1]}};
  EXPECT_FALSE(separate_derivatives(f.graph, context));
}

TEST_F(Separate, TheIntermediateAloneIsNotCopiedFor) {
  f.graph.outputs = {{"gp", f.grad(f.loss, f.p)}};
  EXPECT_FALSE(separate_derivatives(f.graph, context));
}

} // namespace
} // namespace nnc
