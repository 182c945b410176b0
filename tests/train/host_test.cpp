// The C++ host API: building, sizes, spans, values, and what wrong calls say.
#include "frontends/host/nnc.h"
#include "train/blobs.h"

#include <gtest/gtest.h>

namespace nnc::train_test {
namespace {

ModelBuilder line() {
  ModelBuilder m("line");
  m.size("N", 4).input("x", "f32[N,2]").input("t", "f32[N,1]");
  m.param("w", "f32[2,1]", "glorot_uniform").param("b", "f32[1]", 0.5);
  m.op("y", "linear", {"x", "w", "b"}).define("loss = mean((y - t)**2)").grad({"g"}, "loss", {"w"});
  m.function(
      "train",
      {.in = {"x", "t"}, .out = {"loss"}, .minimize = "loss", .optimizer = {"sgd", {{"lr", 0.1}}}});
  return m;
}

TEST(Host, CallsValuesByNameWithSpansAndTensors) {
  auto session = line().session({.seed = 3});
  ASSERT_TRUE(session.ok()) << session.error().message;
  const auto w = session->find("w")->as<float>();
  const std::vector<float> x = {1, 2, 3, 4, 5, 6};
  auto y = session->compile("y", {.sizes = {{"N", 3}}});
  ASSERT_TRUE(y.ok()) << y.error().message;
  std::vector<float> got(3);
  ASSERT_FALSE((*y)->call({x}, {got}));
  for (std::size_t i = 0; i < 3; ++i)
    EXPECT_NEAR(got[i], x[2 * i] * w[0] + x[2 * i + 1] * w[1] + 0.5f, 1e-6);
  auto input = Tensor::zeros({DType::f32, {3, 2}});
  std::ranges::copy(x, input->as<float>().begin());
  const std::vector<NamedTensor> inputs = {{"x", *input}};
  const auto ran = session->run("y", inputs);
  ASSERT_TRUE(ran.ok()) << ran.error().message;
  EXPECT_EQ((*ran)[0].name, "y");
  EXPECT_TRUE(std::ranges::equal((*ran)[0].tensor.as<float>(), got));
  EXPECT_EQ(*session->compile("y", {.sizes = {{"N", 3}}}), *y) << "one variant a binding";
  EXPECT_NE(*session->compile("y", {.sizes = {{"N", 5}}}), *y);
}

TEST(Host, LoopsAndBranchesRunLocalFunctions) {
  ModelBuilder m("loops");
  m.size("T", 3).input("xs", "f32[T,2]").input("h0", "f32[2]").param("w", "f32[2]", 0.5);
  m.local("cell", {.inputs = {{"h", "f32[2]"}, {"x", "f32[2]"}},
                   .nodes = {"next = w*h + x", "size = sum(next)"},
                   .out = {"next", "size"}});
  m.local("small",
          {.inputs = {{"h", "f32[2]"}}, .nodes = {"more = sum(h) < 100"}, .out = {"more"}});
  m.local("grow", {.inputs = {{"h", "f32[2]"}}, .nodes = {"next = 2*h"}, .out = {"next"}});
  m.define("last, sizes = scan(body=\"cell\", init=[h0], over=[xs])");
  m.define("grown, steps = while(cond=\"small\", body=\"grow\", init=[last])");
  m.define("picked = cond(sum(grown) > 150, last, then=\"grow\", else=\"grow\")");
  m.function("all", {.in = {"xs", "h0"}, .out = {"last", "sizes", "steps", "picked"}});
  auto session = m.session();
  ASSERT_TRUE(session.ok()) << session.error().message;
  auto all = session->compile("all");
  ASSERT_TRUE(all.ok()) << all.error().message;
  const std::vector<float> xs = {1, 2, 3, 4, 5, 6}, h0 = {8, 16};
  std::vector<float> last(2), sizes(3), picked(2);
  std::vector<std::int64_t> steps(1);
  ASSERT_FALSE((*all)->call({xs, h0}, {last, sizes, steps, picked}));
  EXPECT_EQ(last, (std::vector<float>{7.75f, 10.5f}));
  EXPECT_EQ(sizes, (std::vector<float>{15, 14.5f, 18.25f}));
  EXPECT_EQ(steps, std::vector<std::int64_t>{3}); // 18.25 * 8 = 146
  EXPECT_EQ(picked, (std::vector<float>{15.5f, 21}));
  EXPECT_EQ(ModelBuilder("m").local("f", {{{"x", "f31[]"}}, {}, {"x"}}).session().error().code,
            "E0201");
}

TEST(Host, TrainsAndKeepsWeights) {
  const Folder folder;
  auto session = line().session({.seed = 3});
  ASSERT_TRUE(session.ok());
  auto train = session->compile("train");
  ASSERT_TRUE(train.ok()) << train.error().message;
  const std::vector<float> x = {0, 0, 0, 1, 1, 0, 1, 1}, t = {1, -1, 3, 1};
  float loss = 0;
  for (int i = 0; i < 300; ++i) ASSERT_FALSE((*train)->call({x, t}, {loss}));
  EXPECT_LT(loss, 1e-4f);
  EXPECT_NEAR(session->find("b")->as<float>()[0], 1, 0.02);
  ASSERT_FALSE(session->save_weights(folder / "w.safetensors"));
  const auto trained = values_of(*session);
  ASSERT_FALSE(session->initialize(3));
  EXPECT_NE(values_of(*session), trained);
  EXPECT_EQ(session->find("b")->as<float>()[0], 0.5f);
  ASSERT_TRUE(session->load_weights(folder / "w.safetensors").ok());
  EXPECT_EQ(values_of(*session), trained);
}

TEST(Host, InitialisersAndSchedulesHaveAttributes) {
  ModelBuilder m("kinds");
  m.param("w", "f64[100]", Attribute::kind("uniform", {{"low", 2}, {"high", 2.5}}));
  m.define("loss = sum(w)");
  const Attribute rate = Attribute::kind("step", {{"lr", 0.5}, {"factor", 0.5}, {"every", 1}});
  m.function("train",
             {.in = {}, .out = {"loss"}, .minimize = "loss", .optimizer = {"sgd", {{"lr", rate}}}});
  auto session = m.session();
  ASSERT_TRUE(session.ok()) << session.error().message;
  auto train = session->compile("train");
  ASSERT_TRUE(train.ok()) << train.error().message;
  const auto w = session->find("w")->as<double>();
  EXPECT_GE(std::ranges::min(w), 2);
  EXPECT_LT(std::ranges::max(w), 2.5);
  const double before = w[0];
  double loss = 0;
  for (int i = 0; i < 2; ++i) ASSERT_FALSE((*train)->call({}, {loss}));
  EXPECT_NEAR(w[0], before - 0.5 - 0.25, 1e-15);
  m.param("v", "f64[]", Attribute::kind("uniform", {{"lowest", 2}}));
  EXPECT_EQ(m.session().error().code, "E0204");
}

TEST(Host, WrongCallsAreErrors) {
  auto session = line().session();
  ASSERT_TRUE(session.ok());
  auto y = session->compile("y");
  ASSERT_TRUE(y.ok());
  std::vector<float> eight(8), four(4);
  std::vector<double> wide(8);
  const auto message = [](const Status& status) { return status ? status->message : "none"; };
  EXPECT_EQ(message((*y)->call({eight}, {four})), "none");
  EXPECT_EQ(message((*y)->call({four}, {four})), "input 'x' is f32[4,2], 8 elements, not 4");
  EXPECT_EQ(message((*y)->call({wide}, {four})),
            "input 'x' is f32[4,2]; the elements given are of another kind");
  EXPECT_EQ(message((*y)->call({eight}, {})),
            "'y' takes 1 inputs and gives 1 outputs, not 1 and 0");
  EXPECT_EQ((*y)->call({eight}, {std::span(eight).first(4)}).value_or(Error{}).code, "E0623");
  EXPECT_EQ(session->compile("z").error().code, "E0312");
  EXPECT_EQ(ModelBuilder("m").input("x", "f31[2]").session().error().code, "E0201");
  EXPECT_EQ(ModelBuilder("m").define("y = (1").session().error().code, "E0110");
  EXPECT_EQ(ModelBuilder("m").op("y", "rellu", {"x"}).session().ok(), false);
}

} // namespace
} // namespace nnc::train_test
