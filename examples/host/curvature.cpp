// Trains a small network to imitate sin(x) * y, then asks how its loss curves: a Hessian-vector
// product as the gradient of a gradient, compared with differences of gradients.
#include <frontends/host/nnc.h>

#include <cmath>
#include <cstdio>

namespace {

constexpr std::int64_t rows = 64;

nnc::ModelBuilder network() {
  nnc::ModelBuilder m("sine");
  m.size("N", rows).input("x", "f64[N,2]").input("t", "f64[N,1]").input("v", "f64[2,16]");
  m.param("w1", "f64[2,16]", "glorot_uniform").param("b1", "f64[16]", 0);
  m.param("w2", "f64[16,1]", "glorot_uniform").param("b2", "f64[1]", 0);
  m.op("h", "linear", {"x", "w1", "b1"}).op("a", "tanh", {"h"});
  m.op("y", "linear", {"a", "w2", "b2"});
  m.define("loss = mean((y - t)**2)");
  m.grad({"g"}, "loss", {"w1"});          // d loss / d w1
  m.define("slope = sum(g * v)");         // its component along v
  m.grad({"curvature"}, "slope", {"w1"}); // H v
  m.function("train", {.in = {"x", "t"},
                       .out = {"loss"},
                       .minimize = "loss",
                       .optimizer = {"adam", {{"lr", 0.02}}}});
  m.function("gradient", {.in = {"x", "t"}, .out = {"g"}});
  m.function("hessian_vector", {.in = {"x", "t", "v"}, .out = {"curvature"}});
  return m;
}

int complain(const nnc::Error& error) {
  std::fprintf(stderr, "error[%s]: %s\n", error.code.c_str(), error.message.c_str());
  return 1;
}

/// The product for programs without nnc: sine.o, sine.h and sine.weights, the trained params.
nnc::Status save_for_c(nnc::Session& session) {
  const nnc::ObjectFunction functions[] = {{"hessian_vector"}};
  const auto object = session.object(functions, {.cpu = "x86-64-v3"});
  if (!object) return object.error();
  return nnc::aot::write_object(*object, nnc::aot::paths_beside("sine"));
}

} // namespace

int main() {
  auto session = network().session({.seed = 1});
  if (!session) return complain(session.error());
  auto train = session->compile("train"), gradient = session->compile("gradient"),
       hessian_vector = session->compile("hessian_vector");
  for (const auto* function : {&train, &gradient, &hessian_vector})
    if (!*function) return complain(function->error());

  std::vector<double> x(rows * 2), t(rows), v(32);
  for (std::int64_t i = 0; i < rows; ++i) {
    const auto at = static_cast<std::size_t>(i);
    x[2 * at] = static_cast<double>(i % 8) / 2 - 2;
    x[2 * at + 1] = static_cast<double>(i / 8) / 4 - 1;
    t[at] = std::sin(x[2 * at]) * x[2 * at + 1];
  }
  for (std::size_t i = 0; i < v.size(); ++i) v[i] = std::cos(static_cast<double>(i));

  double loss = 0, first = 0;
  for (int step = 0; step < 2000; ++step) {
    if (auto error = (*train)->call({x, t}, {loss})) return complain(*error);
    if (step == 0) first = loss;
  }
  std::printf("loss %.4f -> %.6f\n", first, loss);

  if (auto error = save_for_c(*session)) return complain(*error);

  std::vector<double> product(32), above(32), below(32);
  if (auto error = (*hessian_vector)->call({x, t, v}, {product})) return complain(*error);
  // The same by differences: gradients at w1 + h v and w1 - h v.
  const double h = 1e-6;
  const auto w1 = session->find("w1")->as<double>();
  const std::vector<double> centre(w1.begin(), w1.end());
  for (std::size_t i = 0; i < 32; ++i) w1[i] = centre[i] + h * v[i];
  if (auto error = (*gradient)->call({x, t}, {above})) return complain(*error);
  for (std::size_t i = 0; i < 32; ++i) w1[i] = centre[i] - h * v[i];
  if (auto error = (*gradient)->call({x, t}, {below})) return complain(*error);
  double worst = 0, largest = 0;
  for (std::size_t i = 0; i < 32; ++i) {
    worst = std::max(worst, std::abs(product[i] - (above[i] - below[i]) / (2 * h)));
    largest = std::max(largest, std::abs(product[i]));
  }
  std::printf("H v: largest element %.4g, differs from differences by %.1e\n", largest, worst);
  return loss < 0.1 * first && largest > 1e-3 && worst < 1e-6 * largest + 1e-8 ? 0 : 1;
}
