#include "testing/checked.h"
#include "testing/laws/row_laws.h"
#include "testing/laws/trial.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace nnc {
namespace {

using Points = std::span<const double>;

/// Kinks and edges, and numbers whose quotients round across an integer.
constexpr double kinks[] = {-2, -1, -0.5, -0.0, 0, 0.1, 0.5, 0.7, 1, 2, 2.3};

/// Numbers whose square, cube or exponential has no float, or has one but its square has none.
constexpr double far_points[] = {1e-300,  1e-160,  1e-100,  1e-20,  20,     40,    300,
                                 360,     700,     720,     1e4,    1e100,  1e155, 1e300,
                                 -1e-300, -1e-160, -1e-100, -1e-20, -20.5,  -40.5, -300.5,
                                 -360,    -700.5,  -720,    -1e4,   -1e155, -1e300};

/// All combinations of the points, one list per operand.
std::vector<std::vector<double>> grid(std::size_t operands, Points points) {
  std::vector<std::vector<double>> columns(operands);
  std::size_t count = 1;
  for (std::size_t i = 0; i < operands; ++i) count *= points.size();
  for (std::size_t at = 0; at < count; ++at)
    for (std::size_t i = 0, rest = at; i < operands; ++i, rest /= points.size())
      columns[i].push_back(points[rest % points.size()]);
  return columns;
}

// --- element-wise rows: every pair of operands by itself ---

struct Problem {
  DerivedSample sample;
  std::vector<Literal> x;
  Direction u;           ///< the cotangent
  std::size_t count = 0; ///< elements of an operand and of the result

  /// Unit direction of every element of one operand; none for integers.
  std::vector<Direction> unit(std::size_t operand) const {
    std::vector<Direction> directions(x.size());
    directions[operand].assign(count, 1.0);
    return directions;
  }

  /// The gradient of <y, u>, or of its derivative along an operand's unit direction.
  std::vector<std::vector<double>> gradient(std::optional<std::size_t> along) const {
    std::vector<Literal> inputs = x;
    inputs.push_back(real_literal(sample.results[0], u));
    if (along)
      for (std::size_t i = 0; i < x.size(); ++i)
        if (sample.float_operand[i])
          inputs.push_back(splat_literal(x[i].type, i == *along ? 1.0 : 0.0));
    const auto values = checked(interpret(sample.orders[along ? 1 : 0], inputs));
    std::vector<std::vector<double>> gradients(x.size());
    std::size_t next = 1;
    for (std::size_t i = 0; i < x.size(); ++i)
      if (sample.float_operand[i]) gradients[i] = elements_of(values[next++]);
    return gradients;
  }
};

std::string operands_at(const Problem& problem, std::size_t element) {
  std::string text;
  for (const Literal& x : problem.x)
    if (is_float(x.type.dtype))
      text += fmt::format(" {}", literal_real(x, static_cast<std::int64_t>(element)));
  return text;
}

/// Elements where the value and all first derivatives are finite: elsewhere 0 * inf would decide
/// what is beyond, and no convention speaks of it.
std::vector<bool> regular(const Problem& problem, const std::vector<std::vector<double>>& first) {
  const auto y = checked(interpret(*problem.sample.function, problem.x));
  std::vector<bool> finite(problem.count, true);
  for (std::size_t k = 0; k < problem.count; ++k) {
    finite[k] = std::isfinite(literal_real(y[0], static_cast<std::int64_t>(k)));
    for (const auto& gradient : first)
      finite[k] = finite[k] && (gradient.empty() || std::isfinite(gradient[k]));
  }
  return finite;
}

/// x^y near (0, y <= 1): second derivatives that involve y have no finite limit there.
bool singular(const OpRow& row, const Problem& problem, std::size_t element, bool along_exponent) {
  const auto at = static_cast<std::int64_t>(element);
  return row.name == "pow" && along_exponent && literal_real(problem.x[0], at) == 0 &&
         literal_real(problem.x[1], at) <= 1;
}

class PointByPoint {
public:
  PointByPoint(const OpRow& row, const Problem& problem, Outer outer, Findings& findings)
      : row_(row), problem_(problem), outer_(outer), findings_(findings) {}

  void check() {
    const Graph& f = *problem_.sample.function;
    const auto first = problem_.gradient({});
    const std::vector<bool> finite = regular(problem_, first);
    for (std::size_t i = 0; i < problem_.x.size(); ++i) {
      if (!problem_.sample.float_operand[i]) continue;
      const auto second = problem_.gradient(i);
      for (std::size_t j = 0; j < problem_.x.size(); ++j) {
        if (!problem_.sample.float_operand[j]) continue;
        const auto y =
            checked(second_by_duals(f, problem_.x, problem_.unit(i), problem_.unit(j)))[0];
        if (j == i) check_first(first[i], y);
        check_second(second[j], y, finite, i + j > 0);
      }
    }
  }

private:
  /// Where there is a value; squares multiply infinite slopes by what may be 0.
  void check_first(const std::vector<double>& rule, const SecondOrder& y) {
    for (std::size_t k = 0; k < problem_.count; ++k)
      if (outer_ == Outer::results && !std::isnan(y.value[k]))
        compare(k, "first", rule[k], problem_.u[k] * y.first[k]);
      else if (std::isfinite(y.value[k]) && std::isfinite(y.first[k]))
        compare(k, "first", rule[k], problem_.u[k] * 2 * y.value[k] * y.first[k]);
  }

  void check_second(const std::vector<double>& rule, const SecondOrder& y,
                    const std::vector<bool>& finite, bool along_exponent) {
    for (std::size_t k = 0; k < problem_.count; ++k) {
      if (!finite[k] || singular(row_, problem_, k, along_exponent)) continue;
      const double slope = outer_ == Outer::results
                               ? y.mixed[k]
                               : 2 * (y.first[k] * y.second[k] + y.value[k] * y.mixed[k]);
      if (outer_ == Outer::results || std::isfinite(slope))
        compare(k, "second", rule[k], problem_.u[k] * slope);
    }
  }

  void compare(std::size_t element, const char* order, double rule, double duals) {
    ++findings_.compared;
    if (agree(rule, duals)) return;
    findings_.wrong += fmt::format("{} at{}, {} order{}: the rule gives {}, duals {}\n", row_.name,
                                   operands_at(problem_, element), order,
                                   outer_ == Outer::squares ? " of the square" : "", rule, duals);
  }

  const OpRow& row_;
  const Problem& problem_;
  Outer outer_;
  Findings& findings_;
};

/// Is an element positive?
Literal signs(std::span<const double> elements) {
  const Type type{DType::boolean, {std::ssize(elements)}};
  auto bytes = std::make_shared<std::vector<std::byte>>(elements.size());
  for (std::size_t i = 0; i < elements.size(); ++i)
    store_integer(type.dtype, bytes->data(), static_cast<std::int64_t>(i), elements[i] > 0);
  return {type, std::move(bytes)};
}

/// Every combination of the points.
void check_grid(const OpTable& table, const OpRow& row, const SampleCase& given, Points points,
                Outer outer, Random& random, Findings& findings) {
  SampleCase sample = given;
  const auto columns = grid(sample.in.size(), points);
  const std::size_t count = columns[0].size();
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const Type type{sample.in[i].type.dtype, {static_cast<std::int64_t>(count)}};
    const std::vector<double>& elements = columns[i];
    sample.in[i] = type.dtype == DType::boolean ? signs(elements) : real_literal(type, elements);
  }
  Context context(table);
  auto derived = derive_sample(context, row, sample, 2, outer);
  if (!derived) return;
  Direction u = random.direction(derived->results[0]);
  for (double& element : u) { // 0 * inf says nothing, and every float holds 64ths
    element = std::round(64 * element) / 64;
    element += element < 0 ? -0.25 : 0.25;
  }
  const Problem problem{std::move(*derived), sample.in, u, count};
  PointByPoint(row, problem, outer, findings).check();
}

// --- other rows: whole tensors of few values, so that there are ties and zeros ---

Literal tied(const Literal& given, const Type& type, Random& random) {
  if (!is_float(type.dtype)) return given;
  std::vector<double> elements = random.direction(type);
  for (double& element : elements) element = std::round(1.4 * element);
  return real_literal(type, elements);
}

void check_tensors(const OpTable& table, const OpRow& row, const SampleCase& sample, Outer outer,
                   Random& random, Findings& findings) {
  Context context(table);
  const int order = outer == Outer::squares ? 2 : 3;
  const auto derived = derive_sample(context, row, sample, order, outer);
  for (int i = 0; derived && i < 4 && findings.wrong.empty(); ++i) {
    std::vector<Literal> x;
    for (std::size_t k = 0; k < sample.in.size(); ++k)
      x.push_back(tied(sample.in[k], derived->operands[k], random));
    const Trial trial = trial_at(std::move(x), *derived, random);
    const std::string wrong = check_duals(*derived, trial, order);
    if (!wrong.empty())
      findings.wrong = fmt::format("{} '{}'{}: {}", row.name, sample.name,
                                   outer == Outer::squares ? ", squared" : "", wrong);
    ++findings.compared;
  }
}

/// The grid takes the place of numbers, which all have to be f64. A square is rounded where the
/// result is narrower.
bool fits(const OpRow& row, const SampleCase& sample, Outer outer) {
  if (!has_smooth_points(row, sample)) return false;
  if (!row.elementwise) return true;
  if (outer == Outer::squares && sample.out[0].type.dtype != DType::f64) return false;
  return std::ranges::all_of(sample.in, [&](const Literal& literal) {
    return literal.type.dtype == DType::f64 || literal.type.dtype == DType::boolean;
  });
}

} // namespace

Findings kink_law(const OpTable& table, const OpRow& row, Samples samples) {
  Findings findings;
  Random random(20240502);
  for (const SampleCase& sample : samples)
    for (const Outer outer : {Outer::results, Outer::squares}) {
      if (!findings.wrong.empty() || !fits(row, sample, outer)) continue;
      if (row.elementwise)
        check_grid(table, row, sample, kinks, outer, random, findings);
      else
        check_tensors(table, row, sample, outer, random, findings);
    }
  return findings;
}

Findings far_law(const OpTable& table, const OpRow& row, Samples samples) {
  Findings findings;
  Random random(20240503);
  for (const SampleCase& sample : samples)
    for (const Outer outer : {Outer::results, Outer::squares})
      if (findings.wrong.empty() && row.elementwise && sample.in.size() == 1 &&
          fits(row, sample, outer))
        check_grid(table, row, sample, far_points, outer, random, findings);
  return findings;
}

} // namespace nnc
