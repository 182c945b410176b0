// A line through 100 points, the model and its training written in C++.
#include <frontends/host/nnc.h>

#include <cstdio>

namespace {

nnc::ModelBuilder model() {
  nnc::ModelBuilder m("linear_regression");
  m.state("x", "f32[100]", nnc::Attribute::kind("uniform", {{"low", 0}, {"high", 1}}));
  m.param("W", "f32[]", nnc::Attribute::kind("uniform", {{"low", -1}, {"high", 1}}));
  m.param("b", "f32[]", 0);
  m.define("y_data = x * 0.1 + 0.3").define("y = W * x + b").define("loss = mean((y - y_data)**2)");
  m.function("train",
             {.in = {}, .out = {"loss"}, .minimize = "loss", .optimizer = {"sgd", {{"lr", 0.5}}}});
  return m;
}

nnc::Status run() {
  auto session = model().session({.seed = 1});
  if (!session) return session.error();
  auto train = session->compile("train");
  if (!train) return train.error();
  const auto W = session->find("W")->as<float>(), b = session->find("b")->as<float>();
  float loss = 0;
  std::printf("step,W,b\n");
  for (int step = 0; step <= 200; ++step) {
    if (auto error = (*train)->call({}, {loss})) return error;
    if (step % 20 == 0)
      std::printf("%d,%.9g,%.9g\n", step, static_cast<double>(W[0]), static_cast<double>(b[0]));
  }
  return {};
}

} // namespace

int main() {
  const nnc::Status error = run();
  if (error) std::fprintf(stderr, "error[%s]: %s\n", error->code.c_str(), error->message.c_str());
  return error ? 1 : 0;
}
