#include "testing/checked.h"
#include "testing/laws/row_laws.h"
#include "testing/laws/trial.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace nnc {
namespace {

constexpr double difference_step = 1e-6;

/// Element-wise samples hold smooth points of the op's domain, which are moved a little; other
/// ops are smooth almost everywhere.
Literal draw_operand(const OpRow& row, const Literal& given, const Type& type, Random& random) {
  if (!is_float(type.dtype)) return given;
  std::vector<double> elements = random.direction(type);
  for (std::size_t i = 0; i < elements.size(); ++i) {
    const double smooth = literal_real(given, static_cast<std::int64_t>(i));
    elements[i] = row.elementwise ? smooth * (1 + 0.003 * elements[i]) : 2 * elements[i];
  }
  return real_literal(type, elements);
}

Trial draw(const OpRow& row, const SampleCase& sample, const DerivedSample& derived,
           Random& random) {
  std::vector<Literal> x;
  for (std::size_t i = 0; i < sample.in.size(); ++i)
    x.push_back(draw_operand(row, sample.in[i], derived.operands[i], random));
  return trial_at(std::move(x), derived, random);
}

Trial moved(const Trial& trial, double step) {
  Trial to = trial;
  for (std::size_t i = 0; i < trial.x.size(); ++i) {
    if (trial.v[0][i].empty()) continue;
    auto elements = elements_of(trial.x[i]);
    for (std::size_t k = 0; k < elements.size(); ++k) elements[k] += step * trial.v[0][i][k];
    to.x[i] = real_literal(trial.x[i].type, elements);
  }
  return to;
}

double value_of(const DerivedSample& sample, const Trial& trial, int order) {
  const Graph& graph = sample.orders[static_cast<std::size_t>(order - 1)];
  return literal_real(checked(interpret(graph, trial.inputs(sample, order)))[0], 0);
}

/// s(n+1) = <grad s(n), v> against (s(n) at x + h v, minus that at x - h v) / 2h.
std::string check_differences(const DerivedSample& sample, const Trial& trial) {
  std::string wrong;
  for (int order = 1; order <= 2; ++order) {
    Trial same = trial;
    same.v[1] = trial.v[0]; // the second order is along the same direction
    const double low = value_of(sample, moved(same, -difference_step), order);
    const double high = value_of(sample, moved(same, difference_step), order);
    const double slope = along(sample, same, order, 0);
    const double scale = std::max({std::fabs(slope), std::fabs(low) * 1e-3, 1e-3});
    wrong += disagreement(fmt::format("order {}, differences", order), slope,
                          (high - low) / (2 * difference_step), 1e-6 * scale);
  }
  return wrong;
}

/// Whether differences see what the rule means: a point to move, no rounding to a narrower dtype
/// on the way, and not the op that exists to hide a derivative.
bool differences_apply(const OpRow& row, const DerivedSample& sample) {
  for (const Type& type : sample.operands)
    if (is_float(type.dtype) && type.elements() == 0) return false;
  return row.name != "stop_gradient" && rounding(sample, 0) == 0;
}

int trials(const OpRow& row, Outer outer) {
  if (outer == Outer::squares) return row.elementwise ? 5 : 2;
  return row.elementwise ? 40 : 3;
}

void check_case(const OpTable& table, const OpRow& row, const SampleCase& sample, Outer outer,
                Findings& findings) {
  Context context(table);
  const int order = outer == Outer::squares ? 2 : 3;
  const auto derived = derive_sample(context, row, sample, order, outer);
  if (!derived) return;
  Random random(20240501);
  for (int i = 0; i < trials(row, outer) && findings.wrong.empty(); ++i) {
    const Trial trial = draw(row, sample, *derived, random);
    findings.wrong = check_duals(*derived, trial, order);
    if (differences_apply(row, *derived)) findings.wrong += check_differences(*derived, trial);
    ++findings.compared;
  }
  if (!findings.wrong.empty())
    findings.wrong = fmt::format("{} '{}'{}: {}", row.name, sample.name,
                                 outer == Outer::squares ? ", squared" : "", findings.wrong);
}

} // namespace

bool has_smooth_points(const OpRow& row, const SampleCase& sample) {
  if (row.elementwise && !sample.name.starts_with("basic")) return false;
  return std::ranges::none_of(sample.in, [](const Literal& literal) {
    return literal.type.dtype == DType::f16 || literal.type.dtype == DType::bf16;
  });
}

Findings gradient_law(const OpTable& table, const OpRow& row, Samples samples) {
  Findings findings;
  for (const SampleCase& sample : samples)
    for (const Outer outer : {Outer::results, Outer::squares})
      if (findings.wrong.empty() && has_smooth_points(row, sample))
        check_case(table, row, sample, outer, findings);
  return findings;
}

} // namespace nnc
