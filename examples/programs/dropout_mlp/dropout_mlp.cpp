// Two hidden layers with dropout, written in C++; trained on one table, judged by another.
//   usage: dropout_mlp TRAIN.csv TEST.csv
#include <frontends/host/nnc.h>

#include <cstdio>

namespace {

nnc::ModelBuilder model() {
  nnc::ModelBuilder m("dropout_mlp");
  const auto uniform = nnc::Attribute::kind("uniform", {{"low", -0.05}, {"high", 0.05}});
  m.size("N", 16).input("x", "f32[N,20]").input("y", "i32[N]");
  m.param("w1", "f32[20,64]", uniform).param("b1", "f32[64]", 0);
  m.param("w2", "f32[64,64]", uniform).param("b2", "f32[64]", 0);
  m.param("w3", "f32[64,10]", uniform).param("b3", "f32[10]", 0);
  m.define("h1 = dropout(tanh(linear(x, w1, b1)), rate=0.5)");
  m.define("h2 = dropout(tanh(linear(h1, w2, b2)), rate=0.5)");
  m.define("p = softmax(linear(h2, w3, b3))");
  m.op("loss", "cross_entropy", {"p", "y"});
  m.define("accuracy = mean(cast(argmax(p, axis=-1, dtype=\"i32\") == y, to=\"f32\"))");
  const auto rate = nnc::Attribute::kind("inverse_time", {{"lr", 0.1}, {"decay", 1e-6}});
  m.function("train",
             {.in = {"x", "y"},
              .out = {"loss"},
              .minimize = "loss",
              .optimizer = {"sgd", {{"lr", rate}, {"momentum", 0.9}, {"nesterov", true}}}});
  m.function("evaluate", {.in = {"x", "y"}, .out = {"loss", "accuracy"}});
  return m;
}

nnc::Status run(const std::string& train_file, const std::string& test_file) {
  auto session = model().session({.seed = 1});
  if (!session) return session.error();
  const auto function = nnc::training_function(session->source(), "train");
  if (!function) return function.error();
  const auto train = nnc::load_dataset(session->source(), **function, {.files = {train_file}});
  if (!train) return train.error();
  const auto test = nnc::load_dataset(session->source(), **function, {.files = {test_file}});
  if (!test) return test.error();
  const nnc::TrainOptions options = {.epochs = 20, .batch = 16, .seed = 1};
  const auto outcome = nnc::train(*session, **function, *train, options);
  if (!outcome) return outcome.error();
  const auto score = nnc::score_all(*session, **function, *test, options);
  if (!score) return score.error();
  std::printf("loss %.6g\n", outcome->epochs.back().loss);
  std::printf("test loss %.6g, accuracy %.4g\n", score->loss, *score->metrics.at(0).value);
  return {};
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: dropout_mlp TRAIN.csv TEST.csv\n");
    return 2;
  }
  const nnc::Status error = run(argv[1], argv[2]);
  if (error) std::fprintf(stderr, "error[%s]: %s\n", error->code.c_str(), error->message.c_str());
  return error ? 1 : 0;
}
