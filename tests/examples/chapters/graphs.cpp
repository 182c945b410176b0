// examples/graphs: graphs and their derivatives, against closed forms and back-propagation by hand.
#include "examples/chapters/checks.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace nnc::examples_test {
namespace {

double sigmoid(double z) { return 1 / (1 + std::exp(-z)); }

bool prints(const Readme& readme, std::size_t command, const std::string& text) {
  return command < readme.commands().size() &&
         readme.commands()[command].out.find(text) != std::string::npos;
}

void expressions(const Readme& readme, Checks& checks) {
  // Source: closed forms.
  const std::pair<std::string, double> gates[] = {
      {"f", -12}, {"f_x", -4}, {"f_y", -4}, {"f_z", 3}, {"f_q", -4}};
  for (const auto& [name, value] : gates) checks.near(name, readme.numbers(0, name), {value}, 0);
  checks.near("along a", readme.numbers(1, "e_along_a"), {2}, 0);
  checks.near("along b", readme.numbers(2, "e_along_b"), {5}, 0);
  checks.near("de/da", readme.numbers(3, "e_a"), {2}, 0);
  checks.near("de/db", readme.numbers(3, "e_b"), {5}, 0);
  const std::string dot = readme.file("expressions.dot");
  for (const std::string text : {"= 6", "∂ 2", "∂ 3", "∂ 1"})
    checks.holds("the drawing shows " + text, dot.find(text) != std::string::npos);
  checks.holds("a formula", prints(readme, 5, "grad.r.t = 9 t^2 + 2 t\n"));
  checks.near("product rule", readme.numbers(6, "r_t"), {9 * 4 + 2 * 2}, 0);
  const double x = 0.5, g = std::exp(x * x);
  checks.near("chain rule", readme.numbers(7, "chain_x"), {std::cos(g) * g * 2 * x}, 1e-15);
  checks.near("factor by factor", readme.numbers(7, "product"), {std::cos(g) * g * 2 * x}, 1e-15);
}

void own_layers(const Readme& readme, Checks& checks) {
  // Source: closed form, at w = (2, -3, -3) and x = (-1, -2), where the neuron's sum is 1.
  const double s = sigmoid(1), slope = s * (1 - s);
  checks.near("y", readme.numbers(0, "y"), {s}, 1e-15);
  checks.near("dy/dx", readme.numbers(0, "y_x"), {2 * slope, -3 * slope}, 1e-15);
  checks.near("dy/dw", readme.numbers(0, "y_w"), {-slope, -2 * slope, slope}, 1e-15);
  const double h0 = sigmoid(1), h1 = sigmoid(-0.5), p = sigmoid(1.5 * h0 - 2 * h1 + 0.25);
  checks.near("network", readme.numbers(1, "network"), {p}, 1e-15);
  checks.near("its output weights", readme.numbers(1, "g_output"),
              {p * (1 - p) * h0, p * (1 - p) * h1, p * (1 - p)}, 1e-15);
  checks.below("against layers of nnc", readme.number(1, "difference"), 1e-15);
  checks.holds("the sigmoid is found", prints(readme, 2, "s = sigmoid(v)\n"));
  checks.holds("dual numbers agree", prints(readme, 4, "derivatives agree"));
}

void activations(const Readme& readme, Checks& checks) {
  // Source: derivatives by hand, in the model; here the functions themselves.
  checks.near("differences", readme.numbers(2, "difference"), Vector(9, 0), 1e-15);
  checks.below("softmax, Jacobian", readme.number(2, "soft_difference"), 1e-15);
  checks.below("sparsemax, Jacobian", readme.number(2, "sparse_difference"), 1e-15);
  const Vector x = readme.column("lines.csv", "x");
  checks.holds("100 points", x.size() == 100 && x.front() == -10 && x.back() == 10);
  double (*const functions[])(double) = {
      [](double t) { return t; },
      [](double t) { return t > 0 ? 1.0 : 0.0; },
      sigmoid,
      [](double t) { return std::tanh(t); },
      [](double t) { return std::max(t, 0.0); },
      [](double t) { return std::max(t, 0.1 * t); },
      [](double t) {
        return std::max({t, 1 - t, t / 2 + 2});
      },
      sigmoid,
      [](double t) { return std::clamp((1 + t) / 2, 0.0, 1.0); }};
  for (int i = 0; i < 9; ++i) {
    Vector wanted;
    for (const double t : x) wanted.push_back(functions[i](t));
    const std::string at = std::to_string(i);
    checks.near("function " + at, readme.column("lines.csv", "y_" + at), wanted, 1e-14);
    checks.near("gradient " + at, readme.column("lines.csv", "gradient_" + at),
                readme.column("lines.csv", "by_hand_" + at), 1e-15);
  }
  const Vector soft = readme.column("plane.csv", "soft_0"),
               u = readme.column("plane.csv", "place_0"), v = readme.column("plane.csv", "place_1");
  checks.holds("961 points", soft.size() == 961 && u.size() == 961 && v.size() == 961);
  for (std::size_t i = 0; i < soft.size(); ++i)
    checks.near("softmax", {soft[i]}, {std::exp(u[i]) / (std::exp(u[i]) + std::exp(v[i]) + 1)},
                1e-15);
}

void gradient_cost(const Readme& readme, Checks& checks) {
  checks.below("both give the same", readme.number(0, "error"), 1e-9);
  // Source: W weights, a function of O(W) operations, computed once and back or 2 W times.
  checks.near("operations backwards", readme.numbers(1, "power_backwards"), {1}, 0.01);
  checks.near("operations by differences", readme.numbers(1, "power_differences"), {2}, 0.01);
  checks.near("the table", readme.column("cost.csv", "w"), {128, 256, 512, 1024}, 0);
  // Thousands of times as long; that holds on a busy machine as well.
  const Vector backwards = readme.column("cost.csv", "us_backwards"),
               differences = readme.column("cost.csv", "us_differences");
  checks.holds("times", backwards.size() == 4 && differences.size() == 4 &&
                            differences[3] > 100 * backwards[3] &&
                            differences[3] > 8 * differences[0]);
}

void deltas(const Readme& readme, Checks& checks) {
  // Source: closed forms, in the model and here.
  for (const std::string layer : {"4", "3", "2", "1"})
    checks.near("delta" + layer, readme.numbers(0, "delta" + layer),
                readme.numbers(1, "hand" + layer), 1e-15);
  const Vector p = readme.numbers(0, "z3");
  checks.near("p - r", readme.numbers(0, "delta2"), p.size() == 2 ? Vector{p[0], p[1] - 1} : p,
              1e-15);
  checks.near("W", readme.numbers(2, "W_delta"), readme.numbers(2, "hand_W"), 1e-15);
  checks.holds("what is left of dE/dw2", prints(readme, 3, "grad.E.w2 = (sigmoid(z) - y) * h1\n"));
  for (const std::string name : {"p", "z", "h1", "w2", "w1"})
    checks.near("E_" + name, readme.numbers(5, "E_" + name), readme.numbers(5, "hand_" + name),
                1e-15);
}

/// Gradient descent on E = (1 - yhat)^2 of a 2-2-1 network, x = (2, 3), every step written out.
void descend(Vector& w, int steps, double rate) {
  for (int step = 0; step < steps; ++step) {
    const double h1 = sigmoid(2 * w[0] + 3 * w[1]), h2 = sigmoid(2 * w[2] + 3 * w[3]);
    const double y = sigmoid(w[4] * h1 + w[5] * h2);
    const double output = -2 * (1 - y) * y * (1 - y);
    const double hidden1 = output * w[4] * h1 * (1 - h1), hidden2 = output * w[5] * h2 * (1 - h2);
    const double gradient[] = {2 * hidden1, 3 * hidden1, 2 * hidden2,
                               3 * hidden2, output * h1, output * h2};
    for (std::size_t i = 0; i < 6; ++i) w[i] -= rate * gradient[i];
  }
}

using Layer = std::array<double, 4>;

/// The rows of "name_0", "name_1", ...: a layer each.
std::vector<Vector> layers_of(const Readme& readme, const std::string& name, int width) {
  std::vector<Vector> layers(5, Vector(static_cast<std::size_t>(width), NAN));
  for (int i = 0; i < width; ++i) {
    const Vector column = readme.column("layers.csv", name + "_" + std::to_string(i));
    for (std::size_t layer = 0; layer < 5 && column.size() == 5; ++layer)
      layers[layer][static_cast<std::size_t>(i)] = column[layer];
  }
  return layers;
}

/// Source: the algorithm of textbooks. Forwards z = W a + b, a = tanh(z), the last layer linear;
/// backwards delta_L = z_L - y, delta_l = (W_{l+1}^T delta_{l+1}) * (1 - a_l^2).
void textbook(const Readme& readme, Checks& checks) {
  const auto W = layers_of(readme, "W", 16), b = layers_of(readme, "b", 4);
  const auto deltas = layers_of(readme, "deltas", 4), W_grad = layers_of(readme, "W_grad", 16);
  const Layer x = {1, -2, 0.5, 0.3}, y = {0.1, -0.4, 0.7, 1};
  std::vector<Layer> a = {x}; // a[l] goes into layer l
  for (std::size_t l = 0; l < 5; ++l) {
    Layer z{};
    for (std::size_t i = 0; i < 4; ++i) {
      z[i] = b[l][i];
      for (std::size_t k = 0; k < 4; ++k) z[i] += W[l][4 * i + k] * a[l][k];
      if (l < 4) z[i] = std::tanh(z[i]);
    }
    a.push_back(z);
  }
  Layer delta{};
  for (std::size_t i = 0; i < 4; ++i) delta[i] = a[5][i] - y[i];
  for (std::size_t l = 5; l-- > 0;) {
    const std::string layer = std::to_string(l + 1);
    checks.near("deltas of layer " + layer, deltas[l], {delta.begin(), delta.end()}, 1e-14);
    Vector outer;
    for (std::size_t i = 0; i < 16; ++i) outer.push_back(delta[i / 4] * a[l][i % 4]);
    checks.near("weights of layer " + layer, W_grad[l], outer, 1e-14);
    Layer below{};
    for (std::size_t k = 0; k < 4; ++k) {
      for (std::size_t i = 0; i < 4; ++i) below[k] += W[l][4 * i + k] * delta[i];
      below[k] *= 1 - a[l][k] * a[l][k];
    }
    delta = below;
  }
}

void backpropagation(const Readme& readme, Checks& checks) {
  Vector w = {0.11, 0.21, 0.12, 0.08, 0.14, 0.15};
  checks.near("weights at first", readme.numbers(0, "weights"), w, 0);
  descend(w, 1, 0.5);
  checks.near("weights after 1 step", readme.numbers(2, "weights"), w, 1e-15);
  descend(w, 9, 0.5);
  checks.near("weights after 10 steps", readme.numbers(4, "weights"), w, 1e-14);
  checks.below("E falls", readme.number(4, "E"), readme.number(0, "E") / 3);
  textbook(readme, checks);
}

} // namespace

std::span<const Example> graphs() {
  static const Example rows[] = {
      {.folder = "graphs/expressions",
       .check = expressions,
       .wrong = {"f = q * z", "f = 1.001 * q * z"},
       .found = "f:",
       .of = "e",
       .wrt = "a,b"},
      {.folder = "graphs/own_layers",
       .check = own_layers,
       .wrong = {"1 / (1 + exp(-z))", "1 / (1 + 1.001 * exp(-z))"},
       .found = "y:",
       .of = "network",
       .wrt = "hidden_w,output_w"},
      {.folder = "graphs/activations",
       .check = activations,
       .wrong = {"leaky_relu(x, alpha=0.1)", "leaky_relu(x, alpha=0.11)"},
       .found = "differences",
       .of = "sum_sigmoid",
       .wrt = "x"},
      {.folder = "graphs/gradient_cost",
       .check = gradient_cost,
       .wrong = {"/ 2e-5", "/ 2.001e-5"},
       .found = "both give the same",
       .of = "f",
       .wrt = "w"},
      {.folder = "graphs/deltas",
       .check = deltas,
       .wrong = {"hand2 = z3 - r", "hand2 = z3 - 0.999 * r"},
       .found = "delta2",
       .of = "E",
       .wrt = "w1,w2"},
      {.folder = "graphs/backpropagation",
       .check = backpropagation,
       .wrong = {"\"lr\": 0.5", "\"lr\": 0.501"},
       .found = "weights after 1 step",
       .of = "cost",
       .wrt = "W,b"}};
  return rows;
}

} // namespace nnc::examples_test
