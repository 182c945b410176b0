// examples/derivatives: derivatives of derivatives, in physics, training and optimisation.
#include "examples/chapters/checks.h"

#include <cmath>

namespace nnc::examples_test {
namespace {

void burgers(const Readme& readme, Checks& checks) {
  const double before = readme.number(0, "residual"), after = readme.number(2, "residual");
  checks.below("the residual falls by 100", after, before / 100);
  // Source: the exact solution of Cole and Hopf, as an integral, in the model.
  checks.below("distance from the exact solution", readme.number(2, "error"), 0.006);
  checks.holds("it was far away", readme.number(0, "error") > 0.3);
  checks.no_symbols(readme, 4);
  checks.same(readme, 1, 5, "loss");
  for (const std::string name : {"residual", "error"}) checks.same(readme, 2, 5, name);
}

void pair_potential(const Readme& readme, Checks& checks) {
  checks.below("the loss falls", readme.number(1, "loss"), readme.number(0, "loss") / 1e4);
  // Source: differences of energies; Newton's third law.
  checks.near("-dE/dx", readme.numbers(2, "force"), readme.numbers(2, "difference"), 1e-8);
  const Vector force = readme.numbers(2, "force");
  for (std::size_t axis = 0; axis < 3 && force.size() == 9; ++axis)
    checks.below("net force", std::abs(force[axis] + force[axis + 3] + force[axis + 6]), 1e-12);
  // Source: the Morse potential that it was to learn, on a cluster that it never saw.
  checks.near("Morse", force, readme.numbers(2, "force_true"), 0.005);
  checks.no_symbols(readme, 5);
  for (const std::string name : {"force", "difference", "force_true"})
    checks.same(readme, 2, 6, name);
  for (const std::string name : {"mismatch", "slope"}) checks.same(readme, 3, 6, name);
}

void gradient_penalty(const Readme& readme, Checks& checks) {
  for (const std::size_t command : {0u, 2u}) {
    // Source: the gradient of a network with one hidden layer, by hand.
    checks.near("penalty", readme.numbers(command, "penalty"),
                readme.numbers(command, "penalty_by_hand"), 1e-14);
    checks.below("its gradient", readme.number(command, "difference"),
                 1e-12 * readme.number(command, "length"));
  }
  checks.below("slopes become 1.1", readme.number(2, "penalty"), 0.015);
  // Source: 2 s - 10 (s - 1)^2, what a critic of slope s gains, is largest at s = 1.1.
  checks.near("distance", readme.numbers(2, "distance"), {2 * 1.1}, 0.06);
  checks.no_symbols(readme, 4);
  for (const std::string name : {"distance", "penalty", "penalty_by_hand", "length", "difference"})
    checks.same(readme, 2, 5, name);
}

void hyper_gradient(const Readme& readme, Checks& checks) {
  // Source: a central difference of the whole descent.
  checks.near("d loss / d log rate", readme.numbers(0, "hyper_gradient"),
              readme.numbers(0, "difference"), 1e-8);
  checks.holds("it is not 0", std::abs(readme.number(0, "hyper_gradient")) > 0.01);
  checks.below("the validation loss falls", readme.number(1, "validation"),
               0.95 * readme.number(0, "validation"));
  checks.below("to where it is level", std::abs(readme.number(1, "hyper_gradient")), 1e-6);
  checks.no_symbols(readme, 3);
  checks.near("first step in C", readme.numbers(4, "difference"), readme.numbers(0, "difference"),
              0);
  for (const std::string name : {"validation", "hyper_gradient", "rate"})
    checks.same(readme, 1, 4, name);
}

void newton_cg(const Readme& readme, Checks& checks) {
  checks.below("gradient", readme.number(1, "gradient_norm"), 1e-8);
  checks.holds("accuracy", readme.number(1, "accuracy") > 0.98);
  // Source: the gradient (p - y) x / n and the Hessian x p (1 - p) x / n of textbooks.
  checks.below("gradient by hand", readme.number(4, "gradient_difference"), 1e-14);
  checks.below("product by hand", readme.number(4, "product_difference"), 1e-14);
  checks.holds("30 products", readme.numbers(3, "h_w").size() == 30);
  checks.no_symbols(readme, 6);
  for (const std::string name : {"loss", "g_w", "g_b"}) checks.same(readme, 2, 7, name);
  for (const std::string name : {"h_w", "h_b"}) checks.same(readme, 3, 7, name);
}

void newton_root(const Readme& readme, Checks& checks) {
  // Source: sqrt(a) and its derivatives; the theorem of implicit functions.
  for (const std::string name : {"root_error", "slope_error", "curvature_error"})
    checks.below(name, readme.number(0, name), 1e-14);
  checks.near("implicit", readme.numbers(0, "slope"), readme.numbers(0, "implicit"), 1e-12);
  checks.near("steps follow a", readme.numbers(0, "steps"), {15, 5, 0, 5, 15}, 0);
  checks.no_symbols(readme, 2);
  for (const std::string name : {"root", "steps", "slope", "implicit", "curvature"})
    checks.same(readme, 0, 3, name);
}

} // namespace

std::span<const Example> derivatives() {
  static const Example rows[] = {
      {.folder = "derivatives/burgers",
       .check = burgers,
       .wrong = {"u_t + u * u_x", "u_t + 0.9 * u * u_x"},
       .found = "distance from the exact solution",
       .of = "loss",
       .wrt = "w1,b3"},
      {.folder = "derivatives/pair_potential",
       .check = pair_potential,
       .wrong = {"/ (2 * step)", "/ (2.1 * step)"},
       .found = "-dE/dx",
       .of = "loss",
       .wrt = "w1,w3"},
      {.folder = "derivatives/gradient_penalty",
       .check = gradient_penalty,
       .wrong = {"(norm(slopes, axes=[1]) - 1)", "(norm(slopes, axes=[1]) - 0.9)"},
       .found = "penalty",
       .of = "loss",
       .wrt = "w1,w2"},
      {.folder = "derivatives/hyper_gradient",
       .check = hyper_gradient,
       .wrong = {"/ (2 * step)", "/ (2.1 * step)"},
       .found = "d loss / d log rate",
       .of = "validation",
       .wrt = "log_rate"},
      {.folder = "derivatives/newton_cg",
       .check = newton_cg,
       .wrong = {"1e-3 * l2(w)", "1.1e-3 * l2(w)"},
       .found = "product by hand",
       .of = "loss",
       .wrt = "w,b"},
      {.folder = "derivatives/newton_root",
       .check = newton_root,
       .wrong = {"(x + a / x) / 2", "(x + a / x) / 2.001"},
       .found = "root_error",
       .of = "root_error",
       .wrt = "a"}};
  return rows;
}

} // namespace nnc::examples_test
