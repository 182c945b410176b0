#include "examples/checks.h"

#include <fmt/format.h>

#include <cmath>

namespace nnc::examples_test {

double mean(const Vector& x) {
  double sum = 0;
  for (const double one : x) sum += one;
  return sum / static_cast<double>(x.size());
}

double last(const Vector& x) { return x.empty() ? NAN : x.back(); }

void Checks::holds(const std::string& what, bool right) {
  if (!right) failed_.push_back(what);
}

void Checks::below(const std::string& what, double value, double limit) {
  holds(fmt::format("{}: {} < {}", what, value, limit), value < limit);
}

void Checks::near(const std::string& what, const Vector& a, const Vector& b, double tolerance) {
  bool close = !a.empty() && a.size() == b.size();
  for (std::size_t i = 0; i < a.size() && close; ++i) close = std::abs(a[i] - b[i]) <= tolerance;
  holds(fmt::format("{}: {} and {}", what, fmt::join(a, " "), fmt::join(b, " ")), close);
}

void Checks::same(const Readme& readme, std::size_t by, std::size_t c, const std::string& name) {
  near(name + " in C", readme.numbers(c, name), readme.numbers(by, name), 0);
}

void Checks::no_symbols(const Readme& readme, std::size_t c) {
  const auto& commands = readme.commands();
  holds("nm -u is empty",
        c < commands.size() && commands[c].line.starts_with("nm -u ") && commands[c].out.empty());
}

} // namespace nnc::examples_test
