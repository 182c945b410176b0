// examples/networks: from one neuron to networks that learn, against truth tables, closed forms,
// least squares and conditions of optimality.
#include "examples/chapters/checks.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace nnc::examples_test {
namespace {

/// `f` of each element.
template <class F>
Vector map(const Vector& x, F f) {
  Vector y;
  for (const double one : x) y.push_back(f(one));
  return y;
}

/// `f` of each pair; empty unless there are equally many.
template <class F>
Vector map(const Vector& a, const Vector& b, F f) {
  Vector y;
  for (std::size_t i = 0; i < a.size() && a.size() == b.size(); ++i) y.push_back(f(a[i], b[i]));
  return y;
}

/// The share of pairs that are equal.
double share(const Vector& a, const Vector& b) {
  return mean(map(a, b, [](double x, double y) { return x == y ? 1.0 : 0.0; }));
}

Vector sized(Vector x, std::size_t size) {
  x.resize(size, NAN);
  return x;
}

void threshold_logic(const Readme& readme, Checks& checks) {
  // Source: the truth tables.
  checks.near("the truth table", readme.column(0, "y"), {-1, -1, 1, -1, -1, -1, 1, 1}, 0);
  checks.near("XOR of two layers", readme.column(1, "xor"), {-1, 1, 1, -1}, 0);
  const Vector none(4, 0.0);
  for (const std::string name : {"and", "or"}) {
    const Vector mistakes = sized(readme.column("history.csv", "mistakes_" + name), 20);
    checks.holds(name + " is wrong at first", mistakes[0] > 0);
    checks.near(name + " is learned", Vector(mistakes.begin() + 16, mistakes.end()), none, 0);
  }
  checks.near("XOR is not", readme.column("history.csv", "mistakes_xor"), Vector(20, 4), 0);
  checks.near("signs have no slope", readme.numbers(2, "xor_z1"), none, 0);
  const Vector w = sized(readme.numbers(4, "weights"), 9);
  checks.near("its weights are where they began", {w.begin() + 6, w.end()}, {0, 0, 0}, 0);
  for (const double a : {-1.0, 1.0})
    for (const double b : {-1.0, 1.0}) {
      checks.holds("AND", (w[0] + w[1] * a + w[2] * b > 0) == (a > 0 && b > 0));
      checks.holds("OR", (w[3] + w[4] * a + w[5] * b > 0) == (a > 0 || b > 0));
    }
}

void xor_network(const Readme& readme, Checks& checks) {
  // Source: the truth table; -ln(1/2) for two rows of four.
  checks.near("XOR", readme.numbers(1, "p"), {0, 1, 1, 0}, 0.01);
  checks.below("loss", readme.number(1, "loss"), 0.002);
  checks.near("a minimum that is none", readme.numbers(3, "loss"), {std::numbers::ln2 / 2}, 1e-3);
  const Vector plane = sized(readme.column("plane.csv", "output"), 1681);
  // (0, 0), (0, 1), (1, 0) and (1, 1) are points of the plane.
  checks.near("the plane", {plane[420], plane[440], plane[1240], plane[1260]},
              readme.numbers(1, "p"), 1e-12);
}

void curve(const Readme& readme, Checks& checks) {
  // Source: the curve is tanh(3x + 2) - tanh(2x - 2)/2 + 1/4; tanh is odd.
  const Vector w1 = sized(readme.numbers(1, "w1"), 2), b1 = sized(readme.numbers(1, "b1"), 2),
               w2 = sized(readme.numbers(1, "w2"), 2);
  const std::size_t steep = std::abs(w1[0]) > std::abs(w1[1]) ? 0 : 1;
  Vector found;
  for (const std::size_t i : {steep, 1 - steep}) {
    const double sign = w1[i] > 0 ? 1 : -1;
    found.insert(found.end(), {sign * w1[i], sign * b1[i], sign * w2[i]});
  }
  found.push_back(readme.number(1, "b2"));
  checks.near("weights", found, {3, 2, 1, 2, -2, -0.5, 0.25}, 2e-3);
  checks.below("loss", readme.number(1, "loss"), 1e-8);
  checks.near("curve", readme.column("fit.csv", "yhat"),
              map(readme.column("fit.csv", "x"),
                  [](double x) { return std::tanh(3 * x + 2) - std::tanh(2 * x - 2) / 2 + 0.25; }),
              1e-3);
}

/// Source: the normal equations, by Gaussian elimination: coefficients of 1, x, ... x^(n-1).
Vector least_squares(const Vector& x, const Vector& t, std::size_t n) {
  std::vector<Vector> rows(n, Vector(n + 1, 0.0));
  for (std::size_t s = 0; s < x.size() && x.size() == t.size(); ++s)
    for (std::size_t i = 0; i < n; ++i) {
      const double power = std::pow(x[s], static_cast<double>(i));
      for (std::size_t k = 0; k < n; ++k)
        rows[i][k] += power * std::pow(x[s], static_cast<double>(k));
      rows[i][n] += power * t[s];
    }
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t r = 0; r < n; ++r) {
      if (r == i) continue;
      const double factor = rows[r][i] / rows[i][i];
      for (std::size_t k = i; k <= n; ++k) rows[r][k] -= factor * rows[i][k];
    }
  Vector w;
  for (std::size_t i = 0; i < n; ++i) w.push_back(rows[i][n] / rows[i][i]);
  return w;
}

void linear_models(const Readme& readme, Checks& checks) {
  const Vector x = readme.column("data.csv", "x"), t = readme.column("data.csv", "t");
  checks.near("line", readme.numbers(2, "r_line"), least_squares(x, t, 2), 1e-9);
  checks.near("powers", readme.numbers(2, "r_powers"), least_squares(x, t, 4), 1e-9);
  checks.below("gradients of textbooks", readme.number(1, "gradient_difference"), 1e-15);
  checks.below("a plane does not part them", readme.number(1, "right_line"), 0.7);
  checks.holds("powers do", readme.number(1, "right_powers") > 0.95);
  checks.holds("hills do", readme.number(1, "right_radial") > 0.95);
  // Source: x1^2 + x2^2 = 1/2, where -c_0 = c_3 x1^2 + c_4 x2^2.
  const Vector c = sized(readme.numbers(2, "c_powers"), 6);
  checks.near("the circle", {-c[0] / c[3], -c[0] / c[4]}, {0.5, 0.5}, 0.08);
  const Vector labels =
      map(readme.column("classes.csv", "points_0"), readme.column("classes.csv", "points_1"),
          [](double a, double b) { return a * a + b * b < 0.5 ? 1.0 : 0.0; });
  checks.near("classes", readme.column("classes.csv", "label"), labels, 0);
}

void kernel_machine(const Readme& readme, Checks& checks) {
  const Vector a = readme.column("samples.csv", "a"), y = readme.column("samples.csv", "y"),
               x0 = readme.column("samples.csv", "x_0"), x1 = readme.column("samples.csv", "x_1");
  checks.holds("80 samples", a.size() == 80 && y.size() == 80 && x0.size() == 80);
  if (!checks.failed().empty()) return;
  // Source: the hinge loss and the conditions of Karush, Kuhn and Tucker, computed anew, C = 5.
  Vector margins;
  double length = 0, hinge = 0, outside = 0, vectors = 0;
  for (std::size_t i = 0; i < 80; ++i) {
    double f = 0;
    for (std::size_t k = 0; k < 80; ++k)
      f += y[k] * a[k] *
           (1 + std::exp(-(std::pow(x0[i] - x0[k], 2) + std::pow(x1[i] - x1[k], 2)) / 0.5));
    margins.push_back(y[i] * f);
    length += y[i] * a[i] * f;
    hinge += std::max(0.0, 1 - y[i] * f);
    if (a[i] < 5) outside = std::max(outside, 1 - y[i] * f);
    if (a[i] > 0) outside = std::max(outside, y[i] * f - 1);
    vectors += a[i] > 0 ? 1 : 0;
  }
  checks.near("margins", readme.column("samples.csv", "margin"), margins, 1e-10);
  checks.below("conditions of optimality", outside, 1e-5);
  checks.near("primal", readme.numbers(1, "primal"), {length / 2 + 5 * hinge}, 1e-9);
  checks.near("dual", readme.numbers(1, "dual"), readme.numbers(1, "primal"), 1e-4);
  checks.near("support vectors", readme.numbers(1, "vectors"), {vectors}, 0);
  checks.below("they are few", vectors, 40);
  checks.holds("accuracy", readme.number(1, "accuracy") > 0.95);
}

void hidden_nodes(const Readme& readme, Checks& checks) {
  const auto inside = [](double a, double b) {
    return std::abs(a) + std::abs(b) < 1.4 ? 1.0 : 0.0;
  };
  const auto class_of = [](double p) { return p > 0.5 ? 1.0 : 0.0; };
  checks.near("classes", readme.column("samples.csv", "y"),
              map(readme.column("samples.csv", "x_0"), readme.column("samples.csv", "x_1"), inside),
              0);
  checks.holds("accuracy", readme.number(1, "accuracy") > 0.97);
  const Vector output = readme.column("plane.csv", "output");
  const Vector truth =
      map(readme.column("plane.csv", "at_0"), readme.column("plane.csv", "at_1"), inside);
  checks.holds("the square over the plane", share(map(output, class_of), truth) > 0.95);
  // Each side of the square is one node's: |w1| of both inputs alike, the line 1.4 away.
  const Vector w1 = sized(readme.numbers(2, "w1"), 8), b1 = sized(readme.numbers(2, "b1"), 4);
  for (std::size_t i = 0; i < 4; ++i) {
    checks.near("its slope", {std::abs(w1[i] / w1[4 + i])}, {1}, 0.3);
    checks.near("its distance", {std::abs(b1[i] / w1[i])}, {1.4}, 0.3);
  }
}

void pass_this_class(const Readme& readme, Checks& checks) {
  // Source: who passes without luck, as the model says.
  const Vector likely = map(
      readme.column("students.csv", "lectures"), readme.column("students.csv", "hours"),
      [](double l, double h) { return std::tanh(l / 6) + std::tanh(h / 15) > 1.2 ? 1.0 : 0.0; });
  checks.holds("who passed", share(likely, readme.column("students.csv", "passed")) > 0.9);
  const Vector accuracy = sized(readme.column("log.csv", "valid_accuracy"), 300);
  checks.holds("accuracy", accuracy.back() > 0.9);
  const Vector before = sized(readme.column(2, "chance"), 2);
  checks.holds("nothing is known before", before[0] > 0.2 && before[0] < 0.8);
  const Vector after = sized(readme.column(3, "chance"), 2);
  checks.below("4 lectures and 5 hours", after[0], 0.1);
  checks.holds("4 lectures and 20 hours", after[1] > 0.8);
  const Vector share_of_plane =
      map(map(readme.column("plane.csv", "x_0"), readme.column("plane.csv", "x_1"),
              [](double l, double h) {
                return std::tanh(l / 6) + std::tanh(h / 15) > 1.2 ? 1.0 : 0.0;
              }),
          map(readme.column("plane.csv", "chance"), [](double p) { return p > 0.5 ? 1.0 : 0.0; }),
          [](double a, double b) { return a == b ? 1.0 : 0.0; });
  checks.holds("everywhere", mean(share_of_plane) > 0.9);
}

void loss_forms(const Readme& readme, Checks& checks) {
  // Source: textbooks' gradients, in the model; both forms and the loss of nnc are one function.
  checks.below("regression", readme.number(0, "worst_one"), 1e-15);
  checks.below("regression of several", readme.number(0, "worst_several"), 1e-15);
  const std::string names[] = {"", "binary", "classes"};
  for (const std::size_t command : {1u, 2u}) {
    const std::string& name = names[command];
    for (const std::string form : {"_z", "_nnc"})
      checks.near(name + form, readme.numbers(command, name + form),
                  readme.numbers(command, name + "_p"), 1e-15);
    checks.below("gradients", readme.number(command, "worst_" + name), 1e-15);
  }
  const auto formula = [&](std::size_t command) {
    const std::string text =
        command < readme.commands().size() ? readme.commands()[command].out : "";
    return text.substr(std::min(text.find(" = "), text.size()));
  };
  checks.holds("one formula",
               formula(3).size() > 20 && formula(3).substr(0, 30) == formula(4).substr(0, 30));
}

void loss_curves(const Readme& readme, Checks& checks) {
  // Source: closed forms, in the model and here.
  checks.below("losses by hand", readme.number(2, "worst"), 1e-15);
  checks.below("slopes by hand", readme.number(2, "worst_slope"), 1e-15);
  const Vector t = readme.column("losses.csv", "t");
  const std::pair<std::string, double (*)(double)> losses[] = {
      {"logistic", [](double x) { return std::log1p(std::exp(-x)); }},
      {"hinged", [](double x) { return std::max(0.0, 1 - x); }},
      {"sparse", [](double x) { return x >= 1    ? 0.0
                                       : x <= -1 ? -x
                                                 : (1 - x) * (1 - x) / 4; }},
      {"squared", [](double x) { return (1 - x) * (1 - x); }}};
  for (const auto& [name, loss] : losses)
    checks.near(name, readme.column("losses.csv", name), map(t, loss), 1e-14);
}

void approximation(const Readme& readme, Checks& checks) {
  const auto truth = [](double x) { return std::sin(9 * x) / (1 + 2 * x * x) + std::abs(x - 0.3); };
  const Vector losses = sized(readme.column("errors.csv", "loss"), 4);
  const std::string units[] = {"2", "8", "32", "128"};
  for (std::size_t i = 0; i < 4; ++i) {
    const std::string table = "fit_" + units[i] + ".csv";
    const Vector wanted = map(readme.column(table, "x"), truth);
    checks.near("curve", readme.column(table, "y"), wanted, 1e-14);
    const Vector squares = map(readme.column(table, "yhat"), wanted,
                               [](double a, double b) { return (a - b) * (a - b); });
    checks.near("error of " + units[i], {losses[i]}, {mean(squares)}, 1e-12);
    if (i > 0) checks.below("more neurons", losses[i], losses[i - 1]);
  }
  checks.holds("2 are too few", losses[0] > 0.05);
  checks.below("128 are enough", losses[3], 1e-5);
}

void playground(const Readme& readme, Checks& checks) {
  // Source: how the sets are made.
  const Vector radius =
      map(readme.column("points_0.csv", "points_0"), readme.column("points_0.csv", "points_1"),
          [](double a, double b) { return std::hypot(a, b); });
  checks.near("circle", map(radius, [](double r) { return r < 2.5 ? 1.0 : 0.0; }),
              readme.column("points_0.csv", "class"), 0);
  const Vector accuracy = sized(readme.column("results.csv", "accuracy_1"), 12);
  for (std::size_t i = 0; i < 9; ++i) checks.holds("three easy sets", accuracy[i] > 0.98);
  checks.below("one layer for the spirals", accuracy[9], 0.97);
  checks.holds("two are better", accuracy[10] > accuracy[9]);
  checks.holds("four do it", accuracy[11] > 0.98);
}

void linear_regions(const Readme& readme, Checks& checks) {
  // Source: a line that is folded D times has 2^D pieces; n ReLU neurons beside each other make
  // n + 1 at most.
  const Vector depth = sized(readme.column("regions.csv", "depth"), 10);
  checks.near("folded", readme.column("regions.csv", "folded_regions"),
              map(depth, [](double d) { return std::exp2(d); }), 0);
  const Vector shallow = sized(readme.column("regions.csv", "shallow_regions"), 10),
               deep = sized(readme.column("regions.csv", "deep_regions"), 10);
  for (std::size_t i = 0; i < 10; ++i) {
    checks.holds("shallow", shallow[i] > 1 && shallow[i] <= 8 * depth[i] + 1);
    checks.holds("deep", deep[i] > 1 && deep[i] <= 8 * (depth[i] + 1) + 1);
  }
  const Vector folded = map(readme.column("lines.csv", "x"), [](double x) {
    for (int i = 0; i < 4; ++i) x = 1 - std::abs(2 * x - 1);
    return x;
  });
  checks.near("the folded line", readme.column("lines.csv", "folded"), folded, 0);
}

const Example rows[] = {
    {.folder = "networks/threshold_logic",
     .check = threshold_logic,
     .wrong = {"sign(-2 + 2 * x[:, 0]", "sign(-4.5 + 2 * x[:, 0]"},
     .found = "the truth table",
     .of = "sum_xor",
     .wrt = "z1,z2"},
    {.folder = "networks/xor",
     .check = xor_network,
     .wrong = {"\"value\": [0, 1, 1, 0]", "\"value\": [0, 1, 1, 1]"},
     .found = "XOR",
     .of = "loss",
     .wrt = "w1,b1,w2,b2"},
    {.folder = "networks/curve",
     .check = curve,
     .wrong = {"0.5 * tanh(2 * x - 2)", "0.51 * tanh(2 * x - 2)"},
     .found = "weights",
     .of = "loss",
     .wrt = "w1,b1,w2,b2"},
    {.folder = "networks/linear_models",
     .check = linear_models,
     .wrong = {"x**2, x**3", "x**2, 1.01 * x**3"},
     .found = "powers",
     .of = "total",
     .wrt = "r_powers,c_radial"},
    {.folder = "networks/kernel_machine",
     .check = kernel_machine,
     .wrong = {"exp(-square / 0.5)", "exp(-square / 0.51)"},
     .found = "margins",
     .of = "primal",
     .wrt = "a"},
    {.folder = "networks/hidden_nodes",
     .check = hidden_nodes,
     .wrong = {"step(1.4 -", "step(1.3 -"},
     .found = "classes",
     .of = "loss",
     .wrt = "w1,b1,w2,b2"},
    {.folder = "networks/pass_this_class",
     .check = pass_this_class,
     .wrong = {"tanh(hours / 15)", "tanh(hours / 1500)"},
     .found = "who passed",
     .of = "loss",
     .wrt = "w1,b1,w2,b2"},
    {.folder = "networks/loss_forms",
     .check = loss_forms,
     .wrong = {"mean(-y * z + log(1 + exp(z)))", "mean(-y * z + log(1.001 + exp(z)))"},
     .found = "binary_z",
     .of = "classes_z",
     .wrt = "V"},
    {.folder = "networks/loss_curves",
     .check = loss_curves,
     .wrong = {"square(clip(1 - t, 0, 2)) / 4", "square(clip(1 - t, 0, 2)) / 4.01"},
     .found = "losses by hand",
     .of = "loss_sum",
     .wrt = "t"},
    {.folder = "networks/approximation",
     .check = approximation,
     .wrong = {"sin(9 * x)", "sin(8.9 * x)"},
     .found = "curve",
     .of = "loss",
     .wrt = "w1,b1,w2,b2"},
    {.folder = "networks/playground",
     .check = playground,
     .wrong = {"3 + 2 * u", "2 + 2 * u"},
     .found = "circle",
     .of = "loss_4",
     .wrt = "first,fourth"},
    {.folder = "networks/linear_regions",
     .check = linear_regions,
     .wrong = {"4 * relu(x - 0.5)", "3.5 * relu(x - 0.5)"},
     .found = "folded",
     .of = "sum_deep",
     .wrt = "W,b"}};

} // namespace

std::span<const Example> networks() { return rows; }

} // namespace nnc::examples_test
