// Logistic regression on random numbers, the model written in C++: 10,000 steps of gradient
// descent.
#include <frontends/host/nnc.h>

#include <cstdio>

namespace {

nnc::ModelBuilder model() {
  nnc::ModelBuilder m("logistic_regression");
  m.state("x", "f64[400,784]", "normal").state("coin", "f64[400]", "uniform");
  m.param("w", "f64[784]", "normal").param("b", "f64[]", 0);
  m.define("y = step(coin)");
  m.define("p = 1 / (1 + exp(-(x @ w) - b))");
  m.define("prediction = step(p - 0.5)");
  m.define("cross_entropy_of_row = -y * log(p) - (1 - y) * log(1 - p)");
  m.define("cost = mean(cross_entropy_of_row) + 0.01 * sum(w**2)");
  m.grad({"gw", "gb"}, "cost", {"w", "b"});
  m.define("w_next = w - 0.1 * gw").define("b_next = b - 0.1 * gb");
  m.define("wrong = sum(abs(y - prediction))");
  m.function("train", {.in = {}, .out = {}, .update = {{"w", "w_next"}, {"b", "b_next"}}});
  m.function("predict", {.in = {}, .out = {"wrong", "cost"}});
  return m;
}

nnc::Status run() {
  auto session = model().session({.seed = 1});
  if (!session) return session.error();
  auto train = session->compile("train"), predict = session->compile("predict");
  if (!train) return train.error();
  if (!predict) return predict.error();
  for (int step = 0; step < 10'000; ++step)
    if (auto error = (*train)->call({})) return error;
  double wrong = 0, cost = 0;
  if (auto error = (*predict)->call({}, {wrong, cost})) return error;
  std::printf("wrong=%g\ncost=%.17g\n", wrong, cost);
  return {};
}

} // namespace

int main() {
  const nnc::Status error = run();
  if (error) std::fprintf(stderr, "error[%s]: %s\n", error->code.c_str(), error->message.c_str());
  return error ? 1 : 0;
}
