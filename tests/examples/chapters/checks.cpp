#include "examples/chapters/checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace nnc::examples_test {

double mean(const Vector& x) {
  double sum = 0;
  for (const double one : x) sum += one;
  return sum / static_cast<double>(x.size());
}

double last(const Vector& x) { return x.empty() ? NAN : x.back(); }

namespace {

/// The numbers of one check; of many only how far they are off.
std::string result_text(const std::string& what, const Vector& a, const Vector& b) {
  if (a.size() <= 4) return fmt::format("{} {:.4g}", what, fmt::join(a, " "));
  double worst = 0;
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i)
    worst = std::max(worst, std::abs(a[i] - b[i]));
  return worst == 0 ? fmt::format("{}, all {} numbers", what, a.size())
                    : fmt::format("{}, {} numbers within {:.1e}", what, a.size(), worst);
}

} // namespace

void Checks::judge(bool right, const std::string& what, const std::string& result) {
  ++count_;
  if (result_.empty()) result_ = result;
  if (!right) failed_.push_back(what);
}

void Checks::holds(const std::string& what, bool right) { judge(right, what, {}); }

void Checks::below(const std::string& what, double value, double limit) {
  judge(value < limit, fmt::format("{}: {} < {}", what, value, limit),
        fmt::format("{} {:.4g} < {:.4g}", what, value, limit));
}

void Checks::at_least(const std::string& what, double value, double limit) {
  result_ = fmt::format("{} {:.4g} >= {:.4g}", what, value, limit);
  judge(value >= limit, fmt::format("{}: {} >= {}", what, value, limit), {});
}

void Checks::near(const std::string& what, const Vector& a, const Vector& b, double tolerance) {
  bool close = !a.empty() && a.size() == b.size();
  for (std::size_t i = 0; i < a.size() && close; ++i) close = std::abs(a[i] - b[i]) <= tolerance;
  judge(close, fmt::format("{}: {} and {}", what, fmt::join(a, " "), fmt::join(b, " ")),
        result_text(what, a, b));
}

void Checks::same(const Readme& readme, std::size_t by, std::size_t c, const std::string& name) {
  near(name + " in C", readme.numbers(c, name), readme.numbers(by, name), 0);
}

void Checks::no_symbols(const Readme& readme, std::size_t c) {
  const auto& commands = readme.commands();
  holds("nm -u is empty",
        c < commands.size() && commands[c].line.starts_with("nm -u ") && commands[c].out.empty());
}

std::vector<Example> all_examples() {
  std::vector<Example> all;
  for (const auto& chapter :
       {deep(), deep_sequences(), derivatives(), graphs(), networks(), programs(), training()})
    all.insert(all.end(), chapter.begin(), chapter.end());
  return all;
}

} // namespace nnc::examples_test
