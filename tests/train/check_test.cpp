// Derivatives against dual numbers and differences: what agrees, and what must be found out.
#include "compiler/pipeline.h"
#include "frontends/host/check/compare_derivative.h"
#include "frontends/host/check/derivative_check.h"
#include "frontends/json/read_model.h"
#include "ir/grad_node.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace nnc {
namespace {

std::vector<DerivativeRow> check(const std::string& nodes) {
  auto doc =
      read_model(fmt::format(R"json({{ "nnc": 1, "inputs": {{ "x": "f32[3,4]", "v": "f32[4]" }},
      "params": {{ "w": {{ "type": "f32[4]", "init": 0 }} }}, "nodes": [ {} ] }})json",
                             nodes),
                 "model.json");
  auto rows = check_derivatives(std::get<ModelDoc>(std::move(doc)), {});
  if (auto* errors = std::get_if<Errors>(&rows)) ADD_FAILURE() << errors->at(0).message;
  return std::get<std::vector<DerivativeRow>>(std::move(rows));
}

TEST(Check, EveryOrderOfAModelWithKinksAgrees) {
  const auto rows = check(R"json("h = relu(x @ w) + abs(w[0])", "loss = sum(tanh(h)*h)",
      "g = grad(loss, w)", "gh = grad(loss, h)", "s = sum(g * v)", "hv = grad(s, w)")json");
  ASSERT_EQ(rows.size(), 3u);
  const std::vector<std::string> names = {rows[0].name, rows[1].name, rows[2].name};
  EXPECT_EQ(std::ranges::count(names, "hv"), 1);
  for (const DerivativeRow& row : rows) {
    EXPECT_TRUE(row.equal) << row.name << " " << row.duals << " " << row.differences;
    EXPECT_EQ(row.order, row.name == "hv" ? 2 : 1);
    EXPECT_FALSE(row.where.empty());
  }
}

TEST(Check, WhatStopsGradientsIsAConstant) {
  const auto rows =
      check(R"json("loss = sum(w * stop_gradient(w*w + v))", "g = grad(loss, w)")json");
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_TRUE(rows[0].equal) << rows[0].duals << " " << rows[0].differences;
}

/// In f64 like all else: draws and one_hot are f32 unless they are told.
TEST(Check, DrawsMeetInputsOfTheModel) {
  const auto rows =
      check(R"json("u = random_uniform([4], 1, 2) + random_normal([4], std=0.1, dtype=\"f32\")",
      "loss = sum(w * u * v * one_hot(2, 4)) + sum(w * random_normal([4]) * v)",
      "g = grad(loss, w)")json");
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_TRUE(rows[0].equal) << rows[0].duals << " " << rows[0].differences;
}

/// What is differentiated is computed three times for each element of the variable: by dual
/// numbers and a step to either side, which all seeds of a batch share.
TEST(Check, RowsOfAJacobianCostNoRuns) {
  const auto rows = check(R"json("y = tanh(x @ w) * sum(w)", "s = sum(y*y)",
      "g = grad(s, w)", "j = jacobian(y, w)", "h = hessian(s, w)",
      "jj = jacobian(h, w)")json");
  for (const DerivativeRow& row : rows) {
    EXPECT_TRUE(row.equal) << row.name << " " << row.duals << " " << row.differences;
    EXPECT_EQ(row.runs, 3 * 4) << row.name;
  }
  EXPECT_EQ(rows.size(), 4u);
}

/// Four random directions in place of forty elements.
TEST(Check, WhatTakesLongIsLookedAtInFewDirections) {
  const auto rows = check(R"json("t = iota([40], dtype=\"f64\") / 40 + sum(v)",
      "z = iota([200, 200], axis=1, dtype=\"f64\") / 200 - mean(t*t)", "s = mean((z @ z)**2)",
      "g = grad(s, t)")json");
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_TRUE(rows[0].equal) << rows[0].duals << " " << rows[0].differences;
  EXPECT_EQ(rows[0].runs, 3 * 4);
}

/// Halving goes to one of forty elements where one by one takes long: 14 directions, not 40.
TEST(Check, TheWorstElementOfWhatTakesLongIsFoundByHalves) {
  auto doc = read_model(R"json({ "nnc": 1, "inputs": { "t": "f64[40]" }, "nodes": [
      "z = iota([200, 200], axis=1, dtype=\"f64\") / 200 - mean(t*t)",
      "s = mean((z @ z)**2) + floor(t[23] * 1e9) * 1e-3", "g = grad(s, t)" ] })json",
                        "model.json");
  auto source = Source::of(std::get<ModelDoc>(std::move(doc)), standard_ops);
  auto graph = std::get<Source>(source).build("g", {});
  const auto inlined = run_pipeline(std::move(std::get<Graph>(graph)), {.stop_after = "inline"});
  ASSERT_TRUE(inlined);
  std::uint32_t grad = 0;
  while (!is_grad(inlined->graph, inlined->graph.node(NodeId{grad}))) ++grad;
  const DerivativeCheckOptions options;
  DerivativeComparison comparison(inlined->graph, NodeId{grad}, options);
  const std::vector<Literal> point = {f64_literal({DType::f64, {40}}, uniform(40, 1, "t"))};
  ASSERT_TRUE(comparison.at(point, 0));
  const std::int64_t before = comparison.runs();
  const auto worst = comparison.worst(0);
  ASSERT_TRUE(worst);
  EXPECT_EQ(worst->element, 23);
  EXPECT_LE(comparison.runs() - before, 3 * 14);
}

/// A staircase finer than the step of the differences: the rule says 0, the differences do not.
TEST(Check, ADisagreementIsFound) {
  const auto rows = check(R"json("loss = sum(floor(w * 1e9) * 1e-9)", "g = grad(loss, w)")json");
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_FALSE(rows[0].equal);
  EXPECT_EQ(rows[0].duals, 0);
  EXPECT_NEAR(rows[0].differences, 1, 1e-12);
  EXPECT_TRUE(rows[0].where.starts_with("w[")) << rows[0].where;
}

} // namespace
} // namespace nnc
