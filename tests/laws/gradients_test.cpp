// Every row's gradient rule, to order 3, against derivatives that do not use it: dual numbers and
// central differences.

#include "ir/interpret/interpreter.h"
#include "ir/pullback.h"
#include "laws/gradients.h"
#include "testing/checked.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace nnc {
namespace {

constexpr double difference_step = 1e-6;

/// A point of the sample's function, with the directions that the laws ask for.
struct Trial {
  std::vector<Literal> x;
  std::vector<Direction> u;    ///< per float result
  std::vector<Direction> v[3]; ///< per operand; empty for integers

  std::vector<Literal> inputs(const DerivedSample& sample, int order) const {
    std::vector<Literal> all = x;
    std::size_t next = 0;
    for (std::size_t i = 0; i < sample.results.size(); ++i)
      if (sample.float_result[i])
        all.push_back(real_literal({DType::f64, sample.results[i].shape}, u[next++]));
    for (int n = 1; n < order; ++n)
      for (std::size_t i = 0; i < x.size(); ++i)
        if (sample.float_operand[i]) all.push_back(real_literal(x[i].type, v[n - 1][i]));
    return all;
  }
};

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
  Trial trial;
  for (std::size_t i = 0; i < sample.in.size(); ++i) {
    trial.x.push_back(draw_operand(row, sample.in[i], derived.operands[i], random));
    for (auto& direction : trial.v)
      direction.push_back(derived.float_operand[i] ? random.direction(derived.operands[i])
                                                   : Direction{});
  }
  for (std::size_t i = 0; i < derived.results.size(); ++i)
    if (derived.float_result[i]) trial.u.push_back(random.direction(derived.results[i]));
  return trial;
}

/// <gradient of s(order), direction>
double along(const DerivedSample& sample, const Trial& trial, int order, int direction) {
  const Graph& graph = sample.orders[static_cast<std::size_t>(order - 1)];
  const auto values = checked(interpret(graph, trial.inputs(sample, order)));
  double sum = 0;
  std::size_t next = 1; // after s
  for (std::size_t i = 0; i < trial.x.size(); ++i)
    if (sample.float_operand[i]) sum += inner(elements_of(values[next++]), trial.v[direction][i]);
  return sum;
}

/// Directions padded with "none" for the inputs u and v of an order.
std::vector<Direction> padded(const Graph& graph, std::vector<Direction> directions) {
  directions.resize(graph.inputs.size());
  return directions;
}

struct Weighted {
  double sum = 0, scale = 0; ///< of u_i * d_i, and of its magnitude
};

Weighted weigh(const DerivedSample& sample, const Trial& trial,
               const std::vector<Direction>& derivatives) {
  Weighted weighted;
  std::size_t next = 0;
  for (std::size_t i = 0; i < derivatives.size(); ++i) {
    if (!sample.float_result[i]) continue;
    const Direction& u = trial.u[next++];
    for (std::size_t k = 0; k < u.size(); ++k) {
      weighted.sum += u[k] * derivatives[i][k];
      weighted.scale += std::fabs(u[k] * derivatives[i][k]);
    }
  }
  return weighted;
}

/// Empty when the two agree.
std::string compare(std::string_view law, double rule, double independent, double tolerance) {
  if (std::fabs(rule - independent) <= tolerance) return "";
  return fmt::format("{}: the rule gives {}, not {} +- {}\n", law, rule, independent, tolerance);
}

/// Gradients are right up to the narrowest float that they pass through.
double rounding(const DerivedSample& sample, double tolerance) {
  for (const Type& type : sample.results)
    if (is_float(type.dtype) && type.dtype != DType::f64) return 1e-6;
  return tolerance;
}

std::string check_duals(const DerivedSample& sample, const Trial& trial) {
  const Graph& f = *sample.function;
  const Weighted first = weigh(sample, trial, checked(jvp_by_duals(f, trial.x, trial.v[0])));
  std::string wrong = compare("first order, duals", along(sample, trial, 1, 0), first.sum,
                              rounding(sample, 1e-11) * (first.scale + 1e-3));
  std::vector<Direction> mixed;
  for (const SecondOrder& y : checked(second_by_duals(f, trial.x, trial.v[0], trial.v[1])))
    mixed.push_back(y.mixed);
  const Weighted second = weigh(sample, trial, mixed);
  wrong += compare("second order, duals", along(sample, trial, 2, 1), second.sum,
                   rounding(sample, 1e-10) * (second.scale + 1e-3));
  const Graph& third = sample.orders[2];
  const auto slopes =
      checked(jvp_by_duals(third, trial.inputs(sample, 3), padded(third, trial.v[2])));
  return wrong + compare("third order, duals", along(sample, trial, 3, 2), slopes[0][0],
                         rounding(sample, 1e-9) * (std::fabs(slopes[0][0]) + 1));
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
    wrong += compare(fmt::format("order {}, differences", order), slope,
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

/// Element-wise rows have their smooth points in the cases "basic..."; the values of others do
/// not matter. 16-bit cases repeat the 32-bit ones.
bool fits(const OpRow& row, const SampleCase& sample) {
  if (row.elementwise && !sample.name.starts_with("basic")) return false;
  return std::ranges::none_of(sample.in, [](const Literal& literal) {
    return literal.type.dtype == DType::f16 || literal.type.dtype == DType::bf16;
  });
}

struct Outcome {
  int trials = 0;
  std::string wrong; ///< the first trial's mismatches
};

Outcome check_case(const OpTable& table, const OpRow& row, const SampleCase& sample) {
  Context context(table);
  const auto derived = derive_sample(context, row, sample, 3);
  Outcome outcome;
  if (!derived) return outcome;
  Random random(20240501);
  for (int i = 0; i < (row.elementwise ? 40 : 3) && outcome.wrong.empty(); ++i) {
    const Trial trial = draw(row, sample, *derived, random);
    outcome.wrong = check_duals(*derived, trial);
    if (differences_apply(row, *derived)) outcome.wrong += check_differences(*derived, trial);
    ++outcome.trials;
  }
  if (!outcome.wrong.empty())
    outcome.wrong = fmt::format("{} '{}': {}", row.name, sample.name, outcome.wrong);
  return outcome;
}

Outcome check_row(const OpTable& table, const OpRow& row) {
  Outcome outcome;
  for (const SampleCase& sample : load_samples(row)) {
    if (!fits(row, sample)) continue;
    const Outcome one = check_case(table, row, sample);
    outcome.trials += one.trials;
    outcome.wrong += one.wrong;
  }
  return outcome;
}

class GradientLaw : public testing::TestWithParam<std::string> {};

TEST_P(GradientLaw, HoldsToOrderThree) {
  const OpTable table = standard_ops();
  const OpRow& row = table.at(GetParam());
  const Outcome outcome = check_row(table, row);
  EXPECT_EQ(outcome.wrong, "");
  EXPECT_TRUE(outcome.trials > 0 || !row.grad) << "no sample of " << row.name << " was derived";
}

/// A rule with a fault of one kind must not pass.
void expect_caught(std::string_view name, void (*grad)(Pullback&)) {
  OpTable table = standard_ops();
  OpRow broken = table.at(name);
  broken.grad = grad;
  table.add(broken);
  EXPECT_NE(check_row(table, table.at(name)).wrong, "") << name;
}

TEST(GradientLaws, CatchFaultyRules) {
  expect_caught("mul", [](Pullback& p) { // swapped operands
    if (p.needs(0)) p.give(0, p.b.mul(p.ct(), p.in(0)));
    if (p.needs(1)) p.give(1, p.b.mul(p.ct(), p.in(1)));
  });
  expect_caught("sub", [](Pullback& p) { // wrong sign
    if (p.needs(0)) p.give(0, p.ct());
    if (p.needs(1)) p.give(1, p.ct());
  });
  expect_caught("div", [](Pullback& p) { // missing term
    if (p.needs(0)) p.give(0, p.b.div(p.ct(), p.in(1)));
  });
  expect_caught("exp", [](Pullback& p) { // off by a little
    p.give(0, p.b.mul(p.b.mul(p.ct(), p.out()), 1 + 1e-10));
  });
  // Right at first order, a constant to the second.
  expect_caught("tanh", [](Pullback& p) {
    const Value y = p.b.op("stop_gradient", {p.out()});
    p.give(0, p.b.mul(p.ct(), p.b.sub(p.b.full(p.out_type(), 1.0), p.b.mul(y, y))));
  });
  expect_caught("reverse", [](Pullback& p) { p.give(0, p.ct()); });
  expect_caught("sign", [](Pullback& p) { p.give(0, p.ct()); });
}

std::vector<std::string> sampled_rows() {
  const OpTable table = standard_ops();
  std::vector<std::string> names;
  for (const OpRow* row : table.rows())
    if (has_samples(row->name)) names.push_back(row->name);
  return names;
}

INSTANTIATE_TEST_SUITE_P(Rows, GradientLaw, testing::ValuesIn(sampled_rows()),
                         [](const auto& info) { return info.param; });

} // namespace
} // namespace nnc
