// examples/programs: programs that courses print, against an independent program, closed forms and
// back-propagation by hand; and the C++ programs beside them, digit for digit.
#include "examples/chapters/checks.h"

#include <array>
#include <cmath>

namespace nnc::examples_test {
namespace {

void logistic_regression(const Readme& readme, Checks& checks) {
  // Source: tests/examples/reference/logistic_regression.c, run by itself on the same data.
  constexpr double cost = 0.119498462389875;
  checks.near("the cost of an independent program", readme.numbers(2, "cost"), {cost}, 1e-9);
  checks.holds("half of the rows are wrong at first",
               std::abs(readme.number(0, "wrong") - 200) < 40);
  checks.near("none in the end", readme.numbers(2, "wrong"), {0}, 0);
  checks.near("labels", readme.column("labels.csv", "prediction"), readme.column("labels.csv", "y"),
              0);
  const Vector way = readme.column("way.csv", "cost");
  checks.holds("41 points", way.size() == 41);
  for (std::size_t i = 1; i < way.size(); ++i) checks.below("it falls", way[i], way[i - 1]);
  for (const std::string name : {"wrong", "cost"}) checks.same(readme, 2, 8, name);
}

/// Source: gradient descent on a mean of squares is linear, e <- (I - rate A) e for the errors e of
/// weight and bias, with A = 2 [mean x^2, mean x; mean x, 1].
std::array<double, 2> errors_after(int steps, std::array<double, 2> e, const Vector& x) {
  double first = 0, second = 0;
  for (const double one : x) {
    first += one / static_cast<double>(x.size());
    second += one * one / static_cast<double>(x.size());
  }
  for (int i = 0; i < steps; ++i)
    e = {e[0] - second * e[0] - first * e[1], e[1] - first * e[0] - e[1]};
  return e;
}

void linear_regression(const Readme& readme, Checks& checks) {
  const Vector x = readme.column("points.csv", "x");
  const Vector W = readme.column("steps.csv", "W"), b = readme.column("steps.csv", "b");
  checks.holds("100 points, 11 lines", x.size() == 100 && W.size() == 11 && b.size() == 11);
  const std::array<double, 2> first = {readme.number(0, "W") - 0.1, readme.number(0, "b") - 0.3};
  for (std::size_t i = 0; i < W.size(); ++i) {
    const auto error = errors_after(static_cast<int>(20 * i) + 1, first, x);
    checks.near("the closed form", {W[i], b[i]}, {0.1 + error[0], 0.3 + error[1]}, 1e-6);
  }
  checks.near("the line", {W.back(), b.back()}, {0.1, 0.3}, 1e-6);
  // Floats of nine digits, and of as many as they need.
  checks.near("W in C++", readme.column(5, "W"), W, 1e-8);
  checks.near("b in C++", readme.column(5, "b"), b, 1.5e-8);
}

void dropout_mlp(const Readme& readme, Checks& checks) {
  // Source: the nearest centre is the most probable class; nobody does better but by luck.
  const double best = readme.number(2, "best_accuracy"),
               accuracy = last(readme.said(3, "accuracy"));
  checks.holds("close to the best", accuracy > best - 0.06);
  checks.below("and not above", accuracy, best + 0.005);
  const Vector loss = readme.column("log.csv", "loss");
  checks.holds("20 epochs", loss.size() == 20);
  checks.below("units that are left out cost", last(readme.said(5, "test loss")), loss.back() / 2);
  for (const std::string name : {"test loss", "accuracy"})
    checks.near(name + " in C++", readme.said(7, name), readme.said(3, name), 0);
}

double sigmoid(double z) { return 1 / (1 + std::exp(-z)); }

/// Source: back-propagation by hand through 2 -> 3 -> 3 -> 1 sigmoid neurons.
struct Net {
  std::array<std::array<double, 3>, 4> h = {}; ///< inputs, two hidden layers, the output

  static constexpr std::array<std::size_t, 4> sizes = {2, 3, 3, 1};
  static std::size_t begin(std::size_t layer) { return layer == 0 ? 0 : layer == 1 ? 9 : 21; }

  double forward(const Vector& w, double x0, double x1) {
    h[0] = {x0, x1, 0};
    for (std::size_t l = 0; l < 3; ++l)
      for (std::size_t o = 0; o < sizes[l + 1]; ++o) {
        double z = w[begin(l) + sizes[l] * sizes[l + 1] + o];
        for (std::size_t i = 0; i < sizes[l]; ++i)
          z += h[l][i] * w[begin(l) + i * sizes[l + 1] + o];
        h[l + 1][o] = sigmoid(z);
      }
    return h[3][0];
  }

  /// Adds to `slope` what the output's cotangent makes of the weights; gives those of the inputs.
  std::array<double, 3> backward(const Vector& w, double cotangent, Vector& slope) const {
    std::array<double, 3> d = {cotangent, 0, 0};
    for (std::size_t l = 3; l-- > 0;) {
      std::array<double, 3> below = {};
      for (std::size_t o = 0; o < sizes[l + 1]; ++o) {
        const double delta = d[o] * h[l + 1][o] * (1 - h[l + 1][o]);
        slope[begin(l) + sizes[l] * sizes[l + 1] + o] += delta;
        for (std::size_t i = 0; i < sizes[l]; ++i) {
          slope[begin(l) + i * sizes[l + 1] + o] += delta * h[l][i];
          below[i] += delta * w[begin(l) + i * sizes[l + 1] + o];
        }
      }
      d = below;
    }
    return d;
  }
};

void sigmoid_block(const Readme& readme, Checks& checks) {
  Vector weights[4];
  const std::string names[] = {"one", "left", "right", "top"};
  for (std::size_t i = 0; i < 4; ++i) weights[i] = readme.numbers(i == 0 ? 0 : 1, names[i]);
  for (const Vector& w : weights) checks.holds("25 weights", w.size() == 25);
  if (!checks.failed().empty()) return;
  const auto& [one, left, right, top] = weights;
  Vector y, z, slopes[4] = {Vector(25), Vector(25), Vector(25), Vector(25)};
  for (const auto& [x0, x1, t] :
       {std::array{0., 0., 0.}, {0., 1., 1.}, {1., 0., 1.}, {1., 1., 0.}}) {
    Net single, a, b, c;
    y.push_back(single.forward(one, x0, x1));
    single.backward(one, y.back() - t, slopes[0]);
    const double va = a.forward(left, x0, x1), vb = b.forward(right, x0, x1);
    z.push_back(c.forward(top, va, vb));
    const auto d = c.backward(top, z.back() - t, slopes[3]);
    a.backward(left, d[0], slopes[1]);
    b.backward(right, d[1], slopes[2]);
  }
  checks.near("outputs by hand", readme.numbers(0, "y"), y, 1e-14);
  checks.near("outputs of the tree", readme.numbers(1, "z"), z, 1e-14);
  for (std::size_t i = 0; i < 4; ++i)
    checks.near("gradient by hand, " + names[i], readme.numbers(i == 0 ? 0 : 1, "g_" + names[i]),
                slopes[i], 1e-14);
  const Vector exclusive = {0, 1, 1, 0};
  checks.near("XOR", readme.numbers(3, "y"), exclusive, 0.01);
  checks.near("XOR of the tree", readme.numbers(5, "z"), exclusive, 0.01);
  checks.same(readme, 3, 8, "y");
  checks.same(readme, 5, 8, "z");
}

const Example rows[] = {
    {.folder = "programs/logistic_regression",
     .check = logistic_regression,
     .wrong = {"+ 0.01 * sum(w**2)", "+ 0.0101 * sum(w**2)"},
     .found = "the cost of an independent program",
     .of = "cost",
     .wrt = "w,b"},
    {.folder = "programs/linear_regression",
     .check = linear_regression,
     .wrong = {R"("lr": 0.5)", R"("lr": 0.499)"},
     .found = "the closed form",
     .of = "loss",
     .wrt = "W,b"},
    {.folder = "programs/dropout_mlp",
     .check = dropout_mlp,
     .wrong = {"p = softmax(linear(h2, w3, b3))", "p = softmax(0.01 * linear(h2, w3, b3))"},
     .found = "close to the best",
     .of = "loss",
     .wrt = "w1,b1,w2,b2,w3,b3"},
    {.folder = "programs/sigmoid_block",
     .check = sigmoid_block,
     .wrong = {"y = sigmoid(x @ w + b)", "y = sigmoid(1.001 * x @ w + b)"},
     .found = "outputs by hand",
     .of = "loss_tree",
     .wrt = "left,right,top"}};

} // namespace

std::span<const Example> programs() { return rows; }

} // namespace nnc::examples_test
