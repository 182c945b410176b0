// Gradient norms and saturation by layer, and models that cannot learn a few rows by heart.
#include "frontends/host/train/overfit.h"
#include "frontends/json/read_model.h"
#include "train/blobs.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <sstream>

namespace nnc::train_test {
namespace {

constexpr const char* sgd = R"({ "kind": "sgd", "lr": 0.3, "momentum": 0.9 })";

std::vector<std::string> found_in(const std::string& nodes) {
  auto doc = read_model(
      fmt::format(R"({{ "nnc": 1, "inputs": {{ "x": "f32[3,4]" }}, "nodes": [ {} ] }})", nodes),
      "m.json");
  std::vector<std::string> names;
  for (const Activation& one : activations_of(std::get<ModelDoc>(doc))) names.push_back(one.name);
  return names;
}

using Names = std::vector<std::string>;

TEST(Activations, AreFoundByWhatTheyDo) {
  const std::string chain =
      R"json("a = tanh(x)", "b = relu(a)", "c = sigmoid(b @ a.T)", "d = softplus(c)")json";
  EXPECT_EQ(found_in(chain), (Names{"a", "b", "c", "d"}));
  const std::string objects =
      R"json({ "out": "h", "op": "gelu", "in": "x" }, "k = elu(h, alpha=0.5)")json";
  EXPECT_EQ(found_in(objects), (Names{"h", "k"}));
  EXPECT_EQ(found_in("\"a = maximum(x, 0)\", \"b = clip(a, 0, 6)\""), (Names{"a", "b"}));
  EXPECT_EQ(found_in("\"y = 2 * tanh(x) + tanh(x + 1)\""), (Names{"y/tanh", "y/tanh.2"}));
}

TEST(Activations, OtherFunctionsOfOneOperandAreNone) {
  for (const std::string call :
       {"exp(x)", "log(x)", "sqrt(x)", "abs(x)", "softmax(x)", "layer_norm(x)", "sum(x)", "-x",
        "floor(x)", "leaky_relu(x)", "square(x)", "cast(x, to=\\\"f64\\\")", "cumsum(x, axis=0)",
        "maximum(x, -100)"})
    EXPECT_EQ(found_in("\"y = " + call + "\""), Names{}) << call;
}

struct Problem {
  Folder folder;
  std::optional<Session> session;
  const FunctionDoc* function = nullptr;
  Dataset data;

  explicit Problem(const std::string& text, int rows = 50) {
    auto loaded = Session::load(folder.write("model.json", text), {.seed = 1});
    if (!loaded) throw std::runtime_error(loaded.error().message);
    session = std::move(*loaded);
    function = *training_function(session->source(), "");
    const std::string csv = folder.write("data.csv", blobs_csv(rows));
    data = *load_dataset(session->source(), *function, {.files = {csv}});
  }
};

/// The 4-8-3 net with tanh, by hand.
TEST(Layers, GradientsAndSlopesAreTheTrueOnes) {
  Problem p(blobs_model(sgd));
  auto layers = Layers::make(*p.session, *p.function, "loss", p.data, 5, {});
  ASSERT_TRUE(layers.ok()) << layers.error().message;
  auto b1 = p.session->find("b1")->as<float>();
  b1[2] = 40; // saturated in every row
  const std::vector<std::int64_t> rows = {3, 8, 9, 20, 41};
  const auto states = layers->look(rows);
  ASSERT_TRUE(states.ok()) << states.error().message;
  ASSERT_EQ(states->size(), 4u);
  EXPECT_EQ((*states)[0].name, "w1");
  const LayerState& h = (*states)[3];
  EXPECT_EQ(h.name, "h");
  EXPECT_EQ(h.units, 8u);
  EXPECT_EQ(h.saturated_units, std::vector<std::size_t>{2});

  const auto x = p.data.inputs[0].tensor.as<float>();
  const auto y = p.data.inputs[1].tensor.as<std::int32_t>();
  const auto w1 = p.session->find("w1")->as<float>(), w2 = p.session->find("w2")->as<float>();
  double flat = 0, square = 0;
  for (const std::int64_t row : rows) {
    std::array<double, 8> hidden{};
    std::array<double, 3> out{};
    for (std::size_t k = 0; k < 8; ++k) {
      double z = b1[k];
      for (std::size_t i = 0; i < 4; ++i)
        z += double(x[static_cast<std::size_t>(row) * 4 + i]) * double(w1[i * 8 + k]);
      hidden[k] = std::tanh(z);
      flat += 1 - hidden[k] * hidden[k] < 0.01;
      for (std::size_t c = 0; c < 3; ++c) out[c] += hidden[k] * double(w2[k * 3 + c]);
    }
    double total = 0;
    for (double& o : out) total += o = std::exp(o);
    for (std::size_t k = 0; k < 8; ++k) {
      double g = 0; // of the mean over 5 rows with respect to h
      for (std::size_t c = 0; c < 3; ++c)
        g += (out[c] / total - (y[static_cast<std::size_t>(row)] == int(c))) *
             double(w2[k * 3 + c]) / 5;
      square += g * g;
    }
  }
  EXPECT_DOUBLE_EQ(*h.saturated_share, flat / 40);
  EXPECT_NEAR(*h.gradient_norm, std::sqrt(square), 1e-6);
}

TEST(Layers, AreLoggedForEveryEpochAndAcrossAStop) {
  const Folder folder;
  const std::string model = folder.write("model.json", blobs_model(sgd));
  const std::string data = folder.write("data.csv", blobs_csv(50));
  const auto options = [&](const std::string& name) {
    return TrainOptions{.epochs = 3,
                        .seed = 7,
                        .checkpoint = folder / (name + ".safetensors"),
                        .resume = true,
                        .log_layers = folder / (name + ".csv")};
  };
  const auto plain = train_files(model, data, {.epochs = 3, .seed = 7});
  auto whole = train_files(model, data, options("whole"));
  ASSERT_TRUE(whole.ok()) << whole.error().message;
  EXPECT_EQ(whole->outcome.epochs.back().loss, plain->outcome.epochs.back().loss)
      << "looking changes nothing";
  const std::string log = file_text(folder / "whole.csv");
  std::istringstream lines(log);
  std::string line;
  std::getline(lines, line);
  EXPECT_EQ(line, "epoch,layer,gradient_norm,saturated");
  for (const std::string begin : {"1,w1,", "1,b1,", "1,w2,", "1,h,", "2,w1,"}) {
    std::getline(lines, line);
    EXPECT_TRUE(line.starts_with(begin)) << line;
    EXPECT_EQ(line.ends_with(","), begin != "1,h,") << line;
  }
  for (const std::int64_t cut : {0, 3, 5, 8}) {
    const std::string name = "cut" + std::to_string(cut);
    ASSERT_TRUE(train_files(model, data, options(name), 1, cut).ok());
    ASSERT_TRUE(train_files(model, data, options(name)).ok());
    EXPECT_EQ(file_text(folder / (name + ".csv")), log);
  }
}

TEST(Overfit, AModelThatCanLearnsItsRowsByHeart) {
  std::string text = blobs_model(sgd);
  text.replace(text.find("rate=0.1"), 8, "rate=0.0");
  Problem p(text);
  const auto result = overfit(*p.session, *p.function, p.data, 20, {.epochs = 500, .seed = 1});
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_TRUE(result->fits) << result->loss;
  EXPECT_EQ(result->rows, 20);
  EXPECT_LT(result->epochs, 500);
  EXPECT_LE(result->loss, 0.01 * result->first_loss);
  EXPECT_TRUE(result->layers.empty());
}

TEST(Overfit, ADeadLayerIsNamed) {
  std::string text = blobs_model(sgd);
  text.replace(text.find("tanh("), 5, "relu(");
  Problem p(text);
  for (const std::size_t unit : {0u, 1u, 2u, 3u, 5u, 6u, 7u})
    p.session->find("b1")->as<float>()[unit] = -50; // below 0 for every row
  const auto result = overfit(*p.session, *p.function, p.data, 50, {.epochs = 30, .seed = 1});
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_FALSE(result->fits);
  EXPECT_EQ(result->epochs, 30);
  const auto h = std::ranges::find(result->layers, "h", &LayerState::name);
  ASSERT_NE(h, result->layers.end());
  EXPECT_EQ(h->units, 8u);
  EXPECT_EQ(h->saturated_units, (std::vector<std::size_t>{0, 1, 2, 3, 5, 6, 7}));
}

TEST(Overfit, ARateThatIsTooSmallIsNoSaturation) {
  Problem p(blobs_model(R"({ "kind": "sgd", "lr": 1e-6 })"));
  const auto result = overfit(*p.session, *p.function, p.data, 1000, {.epochs = 5});
  ASSERT_TRUE(result.ok()) << result.error().message;
  EXPECT_EQ(result->rows, 50) << "there are no more";
  EXPECT_FALSE(result->fits);
  for (const LayerState& layer : result->layers) EXPECT_TRUE(layer.saturated_units.empty());
}

} // namespace
} // namespace nnc::train_test
