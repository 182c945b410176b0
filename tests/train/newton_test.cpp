// Newton's method with conjugate gradients: known minima, the order of convergence, curvature that
// is negative, and what is no problem for it.
#include "frontends/host/nnc.h"

#include <gtest/gtest.h>

#include <cmath>

namespace nnc::train_test {
namespace {

/// Minimises `loss = ...` over u and v, both f64[n].
ModelBuilder problem(const std::string& loss, std::int64_t n, double u, double v) {
  const std::string type = "f64[" + std::to_string(n) + "]";
  ModelBuilder m("problem");
  m.param("u", type, u).param("v", type, v).input("du", type).input("dv", type);
  m.define("loss = " + loss).grad({"gu", "gv"}, "loss", {"u", "v"});
  m.hvp({"hu", "hv"}, "loss", {"u", "v"}, {"du", "dv"});
  m.function("objective", {.in = {}, .out = {"loss", "gu", "gv"}});
  m.function("product", {.in = {"du", "dv"}, .out = {"hu", "hv"}});
  return m;
}

const MinimizeProblem names{.objective = "objective", .product = "product", .params = {"u", "v"}};

TEST(Newton, AQuadraticTakesAsManyProductsAsItHasCurvatures) {
  // Curvatures 1 for u and 4 for v: two distinct ones, so two products solve it exactly; the first
  // step stops at half the gradient (sqrt(|g|) > 0.5), the next ones do the rest.
  auto session = problem("sum(0.5*(u - 3)**2 + 2*(v + 1)**2)", 5, 0, 0).session();
  ASSERT_TRUE(session.ok()) << session.error().message;
  const auto outcome = newton_cg(*session, names, {}, {.gradient_norm = 1e-12});
  ASSERT_TRUE(outcome.ok()) << outcome.error().message;
  EXPECT_TRUE(outcome->converged);
  EXPECT_LE(outcome->steps.size(), 4u);
  EXPECT_EQ(outcome->steps[0].loss, 5 * (4.5 + 2));
  for (const MinimizeStep& step : outcome->steps) EXPECT_LE(step.products, 2);
  for (const double u : session->find("u")->as<double>()) EXPECT_NEAR(u, 3, 1e-12);
  for (const double v : session->find("v")->as<double>()) EXPECT_NEAR(v, -1, 1e-12);
}

TEST(Newton, RosenbrocksValleyIsFollowedToItsEnd) {
  auto session = problem("sum((1 - u)**2 + 100*(v - u**2)**2)", 3, -1.2, 1).session();
  ASSERT_TRUE(session.ok());
  const auto outcome = newton_cg(*session, names, {}, {.gradient_norm = 1e-10});
  ASSERT_TRUE(outcome.ok()) << outcome.error().message;
  EXPECT_TRUE(outcome->converged);
  for (std::size_t i = 1; i < outcome->steps.size(); ++i)
    EXPECT_LE(outcome->steps[i].loss, outcome->steps[i - 1].loss);
  for (const std::string name : {"u", "v"})
    for (const double value : session->find(name)->as<double>()) EXPECT_NEAR(value, 1, 1e-9);
}

TEST(Newton, ConvergesFasterThanLinearly) {
  // Twenty curvatures, and none of them constant.
  auto session =
      problem("sum((iota(shape=[20], axis=0, dtype=\"f64\") + 1) * (u**2 + u**4 + v**2))", 20, 1, 1)
          .session();
  ASSERT_TRUE(session.ok()) << session.error().message;
  const auto outcome = newton_cg(*session, names, {}, {.gradient_norm = 1e-12});
  ASSERT_TRUE(outcome.ok()) << outcome.error().message;
  EXPECT_TRUE(outcome->converged);
  const auto& steps = outcome->steps;
  ASSERT_GE(steps.size(), 3u);
  // The residual is left at |g|^1.5.
  EXPECT_LT(steps.back().gradient_norm, 2 * std::pow(steps[steps.size() - 2].gradient_norm, 1.5));
}

TEST(Newton, NegativeCurvatureIsLeftDownhill) {
  // At 0.1 the Hessian of both double wells is negative; 0 is a maximum, +-1 are the minima.
  auto session = problem("sum((u**2 - 1)**2 + (v**2 - 1)**2)", 1, 0.1, -0.1).session();
  ASSERT_TRUE(session.ok());
  const auto outcome = newton_cg(*session, names, {});
  ASSERT_TRUE(outcome.ok()) << outcome.error().message;
  EXPECT_TRUE(outcome->converged);
  EXPECT_NEAR(std::abs(session->find("u")->as<double>()[0]), 1, 1e-8);
  EXPECT_NEAR(std::abs(session->find("v")->as<double>()[0]), 1, 1e-8);
}

TEST(Newton, StopsWhereItIsTold) {
  auto session = problem("sum((1 - u)**2 + 100*(v - u**2)**2)", 3, -1.2, 1).session();
  ASSERT_TRUE(session.ok());
  const auto outcome = newton_cg(*session, names, {}, {.max_steps = 2});
  ASSERT_TRUE(outcome.ok());
  EXPECT_FALSE(outcome->converged);
  EXPECT_EQ(outcome->steps.size(), 3u);
}

TEST(Newton, WhereNothingHelpsParamsStay) {
  // A gradient of the wrong sign: nowhere along a step does the loss fall.
  ModelBuilder m = problem("sum(u**2 + v**2)", 2, 1, 2);
  m.define("up_u = -gu").define("up_v = -gv");
  m.function("uphill", {.in = {}, .out = {"loss", "up_u", "up_v"}});
  // No Hessian: not a number once u is below 1/2.
  m.define("k_u = du * sqrt(u - 0.5)").define("k_v = dv * sqrt(u - 0.5)");
  m.function("broken", {.in = {"du", "dv"}, .out = {"k_u", "k_v"}});
  auto session = m.session();
  ASSERT_TRUE(session.ok()) << session.error().message;
  MinimizeProblem wrong = names;
  wrong.objective = "uphill";
  const auto outcome = newton_cg(*session, wrong, {});
  ASSERT_TRUE(outcome.ok()) << outcome.error().message;
  EXPECT_FALSE(outcome->converged);
  EXPECT_EQ(outcome->steps.size(), 1u);
  EXPECT_EQ(session->find("u")->as<double>()[0], 1);

  wrong = names;
  wrong.product = "broken";
  EXPECT_EQ(newton_cg(*session, wrong, {}).error().message,
            "'broken': a Hessian-vector product is not finite");
  EXPECT_EQ(session->find("u")->as<double>()[0], 1);
  EXPECT_EQ(session->find("v")->as<double>()[1], 2);
}

TEST(Newton, WhatIsNoProblem) {
  auto session = problem("sum(log(u) + v)", 2, -1, 0.5).session();
  ASSERT_TRUE(session.ok());
  EXPECT_EQ(newton_cg(*session, names, {}).error().code, "E0606");
  EXPECT_EQ(session->find("v")->as<double>()[0], 0.5);

  MinimizeProblem wrong = names;
  wrong.params = {"u"};
  EXPECT_EQ(newton_cg(*session, wrong, {}).error().message,
            "'objective' has to take the data and give a loss and 1 gradients");
  wrong.params = {"u", "w"};
  EXPECT_EQ(newton_cg(*session, wrong, {}).error().message, "the functions have no param 'w'");
  wrong = names;
  wrong.product = "objective";
  EXPECT_EQ(newton_cg(*session, wrong, {}).error().message,
            "'objective' has to take the data and 2 vectors and give 2 products");

  ModelBuilder narrow("narrow");
  narrow.param("u", "f32[]", 1).input("du", "f32[]").define("loss = u*u");
  narrow.grad({"g"}, "loss", {"u"}).hvp({"h"}, "loss", {"u"}, {"du"});
  narrow.function("objective", {.in = {}, .out = {"loss", "g"}});
  narrow.function("product", {.in = {"du"}, .out = {"h"}});
  auto floats = narrow.session();
  ASSERT_TRUE(floats.ok()) << floats.error().message;
  wrong = names;
  wrong.params = {"u"};
  EXPECT_EQ(newton_cg(*floats, wrong, {}).error().message,
            "'u' is f32[]; Newton's method takes params of f64");
}

} // namespace
} // namespace nnc::train_test
