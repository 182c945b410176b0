// L-BFGS and nonlinear conjugate gradients against known minima, from C++ and as optimisers.
#include "frontends/host/nnc.h"
#include "places.h"
#include "train/blobs.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

namespace nnc::train_test {
namespace {

/// Minimises `loss = ...` over u and v, both of `type`.
ModelBuilder problem(const std::string& loss, const std::string& type, double u, double v) {
  ModelBuilder m("problem");
  m.param("u", type, u).param("v", type, v);
  m.define("loss = " + loss).grad({"gu", "gv"}, "loss", {"u", "v"});
  m.function("objective", {.in = {}, .out = {"loss", "gu", "gv"}});
  return m;
}

constexpr const char* rosenbrock = "sum((1 - u)**2 + 100*(v - u**2)**2)";
const MinimizeProblem names{.objective = "objective", .params = {"u", "v"}};

using Method = Result<MinimizeOutcome> (*)(Session&, double gradient_norm, int max_steps);
struct Named {
  std::string name;
  Method run;
};
void PrintTo(const Named& named, std::ostream* out) { *out << named.name; }

const Named methods[] = {
    {"Lbfgs", [](Session& s, double g,
                 int n) { return lbfgs(s, names, {}, {.gradient_norm = g, .max_steps = n}); }},
    {"LbfgsOfTwoPairs",
     [](Session& s, double g, int n) {
       return lbfgs(s, names, {}, {.gradient_norm = g, .max_steps = n, .memory = 2});
     }},
    {"PolakRibiere",
     [](Session& s, double g, int n) {
       return conjugate_gradient(s, names, {}, {.gradient_norm = g, .max_steps = n});
     }},
    {"FletcherReeves", [](Session& s, double g, int n) {
       return conjugate_gradient(
           s, names, {},
           {.gradient_norm = g, .max_steps = n, .beta = ConjugateBeta::fletcher_reeves});
     }}};

class Minimize : public testing::TestWithParam<Named> {};

TEST_P(Minimize, FollowsRosenbrocksValleyToItsEnd) {
  auto session = problem(rosenbrock, "f64[3]", -1.2, 1).session();
  ASSERT_TRUE(session.ok()) << session.error().message;
  const auto outcome = GetParam().run(*session, 1e-8, 2000);
  ASSERT_TRUE(outcome.ok()) << outcome.error().message;
  EXPECT_TRUE(outcome->converged) << outcome->steps.size() << " steps, gradient "
                                  << outcome->steps.back().gradient_norm;
  EXPECT_LE(outcome->steps.back().gradient_norm, 1e-8);
  for (std::size_t i = 1; i < outcome->steps.size(); ++i) {
    EXPECT_LE(outcome->steps[i].loss, outcome->steps[i - 1].loss + 1e-15);
    EXPECT_GE(outcome->steps[i].evaluations, 1);
  }
  // The Hessian at the minimum has eigenvalues 0.4 and 1001.6.
  for (const std::string name : {"u", "v"})
    for (const double value : session->find(name)->as<double>()) EXPECT_NEAR(value, 1, 1e-7);
}

TEST_P(Minimize, AQuadraticWithTwoCurvaturesTakesFewSteps) {
  auto session = problem("sum(0.5*(u - 3)**2 + 2*(v + 1)**2)", "f64[5]", 0, 0).session();
  ASSERT_TRUE(session.ok());
  const auto outcome = GetParam().run(*session, 1e-10, 30);
  ASSERT_TRUE(outcome.ok()) << outcome.error().message;
  EXPECT_TRUE(outcome->converged);
  for (const double u : session->find("u")->as<double>()) EXPECT_NEAR(u, 3, 1e-10);
  for (const double v : session->find("v")->as<double>()) EXPECT_NEAR(v, -1, 1e-10);
}

TEST_P(Minimize, FloatsGoAsFarAsTheirDigits) {
  auto session = problem(rosenbrock, "f32[2]", -1.2, 1).session();
  ASSERT_TRUE(session.ok());
  const auto outcome = GetParam().run(*session, 1e-3, 2000);
  ASSERT_TRUE(outcome.ok()) << outcome.error().message;
  EXPECT_LE(outcome->steps.back().gradient_norm, 0.05);
  for (const float u : session->find("u")->as<float>()) EXPECT_NEAR(u, 1, 5e-3);
}

TEST_P(Minimize, StopsWhereItIsTold) {
  auto session = problem(rosenbrock, "f64[3]", -1.2, 1).session();
  const auto outcome = GetParam().run(*session, 1e-8, 4);
  ASSERT_TRUE(outcome.ok());
  EXPECT_FALSE(outcome->converged);
  EXPECT_EQ(outcome->steps.size(), 5u);
}

TEST_P(Minimize, WhereNothingHelpsParamsStay) {
  ModelBuilder m = problem("sum(u**2 + v**2)", "f64[2]", 1, 2);
  m.define("up_u = -gu").define("up_v = -gv");
  m.function("uphill", {.in = {}, .out = {"loss", "up_u", "up_v"}});
  auto session = m.session();
  ASSERT_TRUE(session.ok());
  MinimizeProblem wrong = names;
  wrong.objective = "uphill";
  for (const auto& outcome :
       {lbfgs(*session, wrong, {}), conjugate_gradient(*session, wrong, {})}) {
    ASSERT_TRUE(outcome.ok());
    EXPECT_FALSE(outcome->converged);
    EXPECT_EQ(outcome->steps.size(), 1u);
    EXPECT_EQ(session->find("u")->as<double>()[0], 1);
  }
}

TEST_P(Minimize, WhatIsNotFiniteIsNotWalkedInto) {
  // Left of 0 the loss is NaN; the first step from 0.01 would land there.
  auto session = problem("sum(u - log(u) + (v - 1)**2)", "f64[1]", 0.01, 3).session();
  ASSERT_TRUE(session.ok());
  const auto outcome = GetParam().run(*session, 1e-8, 500);
  ASSERT_TRUE(outcome.ok()) << outcome.error().message;
  EXPECT_TRUE(outcome->converged);
  EXPECT_NEAR(session->find("u")->as<double>()[0], 1, 1e-7);

  auto lost = problem("sum(log(u) + v)", "f64[1]", -1, 0.5).session();
  EXPECT_EQ(GetParam().run(*lost, 1e-8, 10).error().code, "E0606");
}

INSTANTIATE_TEST_SUITE_P(Methods, Minimize, testing::ValuesIn(methods),
                         [](const auto& info) { return info.param.name; });

// --- as optimisers of a model

// The minimum of that regression, from Newton's method in plain Python with exact sums and a
// gradient of 1e-17 in the end: the loss, b, and the length of w.
constexpr double least_loss = 0.0680828231391191, bias = 0.24527062799731456,
                 length = 3.7000874441184552;

constexpr const char* regression = R"json({ "nnc": 1,
  "inputs": { "x": "f64[N,30]", "y": "f64[N]" },
  "params": { "w": { "type": "f64[30]", "init": 0 }, "b": { "type": "f64[]", "init": 0 } },
  "nodes": [ "z = x @ w + b", "p = sigmoid(z)",
             "loss = binary_cross_entropy_logits(z, y) + 1e-3 * l2(w)" ],
  "functions": {
    "predict": { "in": ["x"], "out": ["p"] },
    "train": { "in": ["x", "y"], "out": ["loss"], "minimize": "loss", "optimizer": HERE } } })json";

/// Logistic regression on standardised features, with a penalty: one minimum.
std::string tumours(const std::string& optimizer, const std::string& dtype = "f64") {
  std::string text = regression;
  text.replace(text.find("HERE"), 4, optimizer);
  for (std::size_t at = 0; (at = text.find("f64", at)) != std::string::npos; ++at)
    text.replace(at, 3, dtype);
  return text;
}

const std::string cancer = NNC_SOURCE "/examples/data/breast_cancer.csv";

Result<Trained> fit(const Folder& folder, const std::string& model, TrainOptions options,
                    std::int64_t steps = -1, int threads = 1) {
  return train_files(folder.write("model.json", model), cancer, std::move(options), threads, steps,
                     true);
}

class Optimizer : public testing::TestWithParam<const char*> {};

TEST_P(Optimizer, BringsALogisticRegressionToItsMinimum) {
  const Folder folder;
  auto run = fit(folder, tumours(GetParam()), {.epochs = 600});
  ASSERT_TRUE(run.ok()) << run.error().message;
  EXPECT_TRUE(run->outcome.ended.starts_with("the gradient is ")) << run->outcome.ended;
  EXPECT_NEAR(run->outcome.epochs.back().loss, least_loss, 1e-10);
  EXPECT_NEAR(run->session.find("b")->as<double>()[0], bias, 1e-6);
  const auto w = run->session.find("w")->as<double>();
  EXPECT_NEAR(std::sqrt(std::inner_product(w.begin(), w.end(), w.begin(), 0.0)), length, 1e-6);
}

TEST_P(Optimizer, StoppedAndResumedGivesTheSameBits) {
  const Folder folder;
  const auto options = [&](const std::string& name) {
    return TrainOptions{.epochs = 12,
                        .validation = 0.2,
                        .checkpoint = folder / (name + ".safetensors"),
                        .resume = true,
                        .keep = Keep::best,
                        .metrics = {"accuracy", "auc"},
                        .log = folder / (name + ".csv")};
  };
  const std::string model = tumours(GetParam());
  ASSERT_TRUE(fit(folder, model, options("whole")).ok());
  for (const std::int64_t cut : {0, 1, 5}) {
    const TrainOptions parts = options("cut" + std::to_string(cut));
    ASSERT_TRUE(fit(folder, model, parts, cut).ok());
    const auto resumed = fit(folder, model, parts, -1, 2);
    ASSERT_TRUE(resumed.ok()) << resumed.error().message;
    EXPECT_EQ(file_text(parts.checkpoint), file_text(folder / "whole.safetensors")) << cut;
    EXPECT_EQ(without_times(file_text(parts.log)), without_times(file_text(folder / "whole.csv")));
  }
}

TEST_P(Optimizer, TakesModelsOfFloatsToo) {
  const Folder folder;
  auto run = fit(folder, tumours(GetParam(), "f32"), {.epochs = 600});
  ASSERT_TRUE(run.ok()) << run.error().message;
  EXPECT_NEAR(run->outcome.epochs.back().loss, least_loss, 1e-5);
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, Optimizer,
    testing::Values(R"({ "kind": "lbfgs" })", R"({ "kind": "lbfgs", "memory": 3 })",
                    R"({ "kind": "conjugate_gradient" })",
                    R"({ "kind": "conjugate_gradient", "beta": "fletcher_reeves" })",
                    R"({ "kind": "conjugate_gradient", "method": "newton" })"));

TEST(HostSide, TheFunctionItselfGivesTheLossAndMovesNothing) {
  const Folder folder;
  auto session = Session::load(folder.write("m.json", tumours(R"({ "kind": "lbfgs" })")), {});
  ASSERT_TRUE(session.ok()) << session.error().message;
  const auto train = session->compile("train", {.sizes = {{"N", 2}}});
  ASSERT_TRUE(train.ok()) << train.error().message;
  EXPECT_TRUE((*train)->signature().updated.empty());
  EXPECT_EQ((*train)->signature().outputs.at(0).first, "loss");
}

TEST(HostSide, TakesAllRowsAndNoRate) {
  const Folder folder;
  const auto batches = fit(folder, tumours(R"({ "kind": "lbfgs" })"), {.batch = 32});
  ASSERT_FALSE(batches.ok());
  EXPECT_EQ(batches.error().help, "leave --batch out");
  const auto rate = fit(folder, tumours(R"({ "kind": "lbfgs", "lr": 0.1 })"), {});
  ASSERT_FALSE(rate.ok());
  EXPECT_EQ(rate.error().message, "lbfgs: unknown attribute 'lr'");
  const auto word =
      fit(folder, tumours(R"({ "kind": "conjugate_gradient", "method": "newten" })"), {});
  ASSERT_FALSE(word.ok());
  EXPECT_EQ(word.error().help, "did you mean 'newton'?");
}

} // namespace
} // namespace nnc::train_test
