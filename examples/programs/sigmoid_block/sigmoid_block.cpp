// A net as a block, written in C++, and a net of three such blocks.
#include <frontends/host/nnc.h>

#include <cstdio>

namespace {

nnc::ModelBuilder model() {
  nnc::ModelBuilder m("sigmoid_block");
  m.input("x", "f64[4,2]").input("t", "f64[4,1]");
  for (const char* name : {"one", "left", "right", "top"}) m.param(name, "f64[25]", "normal");
  m.local("layer", {.inputs = {{"x", "f64[N,I]"}, {"w", "f64[I,O]"}, {"b", "f64[O]"}},
                    .nodes = {"y = sigmoid(x @ w + b)"},
                    .out = {"y"}});
  m.local("net", {.inputs = {{"x", "f64[N,2]"}, {"w", "f64[25]"}},
                  .nodes = {"h1 = layer(x, reshape(w[0:6], shape=[2, 3]), w[6:9])",
                            "h2 = layer(h1, reshape(w[9:18], shape=[3, 3]), w[18:21])",
                            "y = layer(h2, reshape(w[21:24], shape=[3, 1]), w[24:25])"},
                  .out = {"y"}});
  m.define("y = net(x, one)").define("loss = half_mse(y, t, reduction=\"sum\")");
  m.define("pair = concat(net(x, left), net(x, right), axis=1)").define("z = net(pair, top)");
  m.define("loss_tree = half_mse(z, t, reduction=\"sum\")");
  for (const auto& [name, loss] : {std::pair{"train", "loss"}, {"train_tree", "loss_tree"}})
    m.function(name, {.in = {"x", "t"},
                      .out = {loss},
                      .minimize = loss,
                      .optimizer = {"sgd", {{"lr", 1}, {"momentum", 0.9}}}});
  return m;
}

nnc::Status run() {
  auto session = model().session({.seed = 3});
  if (!session) return session.error();
  const std::vector<double> x = {0, 0, 0, 1, 1, 0, 1, 1}, t = {0, 1, 1, 0};
  for (const auto& [train, result] : {std::pair{"train", "y"}, {"train_tree", "z"}}) {
    auto step = session->compile(train), output = session->compile(result);
    if (!step) return step.error();
    if (!output) return output.error();
    double loss = 0;
    for (int i = 0; i < 3000; ++i)
      if (auto error = (*step)->call({x, t}, {loss})) return error;
    std::vector<double> y(4);
    if (auto error = (*output)->call({x}, {y})) return error;
    std::printf("%s=%.17g %.17g %.17g %.17g\n", result, y[0], y[1], y[2], y[3]);
  }
  return {};
}

} // namespace

int main() {
  const nnc::Status error = run();
  if (error) std::fprintf(stderr, "error[%s]: %s\n", error->code.c_str(), error->message.c_str());
  return error ? 1 : 0;
}
