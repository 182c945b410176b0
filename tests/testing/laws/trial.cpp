#include "testing/laws/trial.h"

#include "testing/checked.h"

#include <fmt/format.h>

#include <cmath>

namespace nnc {
namespace {

/// Directions padded with "none" for the inputs u and v of an order.
std::vector<Direction> padded(const Graph& graph, std::vector<Direction> directions) {
  directions.resize(graph.inputs.size());
  return directions;
}

struct Weighted {
  double sum = 0, scale = 0; ///< of u_i * d_i, and of its magnitude
};

/// What does not move has no slope, whatever its value is: the largest of no elements is infinite.
double times(double value, double derivative) { return derivative == 0 ? 0 : value * derivative; }

/// Along both directions, of order 1 or 2, of the results or of their squares.
double slope(const SecondOrder& y, std::size_t k, int order, Outer outer) {
  if (outer == Outer::results) return order == 1 ? y.first[k] : y.mixed[k];
  return order == 1 ? 2 * times(y.value[k], y.first[k])
                    : 2 * (y.first[k] * y.second[k] + times(y.value[k], y.mixed[k]));
}

Weighted weigh(const DerivedSample& sample, const Trial& trial,
               const std::vector<SecondOrder>& results, int order) {
  Weighted weighted;
  std::size_t next = 0;
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (!sample.float_result[i]) continue;
    const Direction& u = trial.u[next++];
    for (std::size_t k = 0; k < u.size(); ++k) {
      const double term = u[k] * slope(results[i], k, order, sample.outer);
      weighted.sum += term;
      weighted.scale += std::fabs(term);
    }
  }
  return weighted;
}

} // namespace

std::vector<Literal> Trial::inputs(const DerivedSample& sample, int order) const {
  std::vector<Literal> all = x;
  std::size_t next = 0;
  for (std::size_t i = 0; i < sample.results.size(); ++i)
    if (sample.float_result[i]) all.push_back(real_literal(sample.results[i], u[next++]));
  for (int n = 1; n < order; ++n)
    for (std::size_t i = 0; i < x.size(); ++i)
      if (sample.float_operand[i]) all.push_back(real_literal(x[i].type, v[n - 1][i]));
  return all;
}

Trial trial_at(std::vector<Literal> x, const DerivedSample& derived, Random& random) {
  Trial trial{.x = std::move(x), .u = {}, .v = {}};
  for (std::size_t i = 0; i < trial.x.size(); ++i)
    for (auto& direction : trial.v)
      direction.push_back(derived.float_operand[i] ? random.direction(derived.operands[i])
                                                   : Direction{});
  for (std::size_t i = 0; i < derived.results.size(); ++i)
    if (derived.float_result[i]) trial.u.push_back(random.direction(derived.results[i]));
  return trial;
}

double along(const DerivedSample& sample, const Trial& trial, int order, int direction) {
  const Graph& graph = sample.orders[static_cast<std::size_t>(order - 1)];
  const auto values = checked(interpret(graph, trial.inputs(sample, order)));
  double sum = 0;
  std::size_t next = 1; // after s
  for (std::size_t i = 0; i < trial.x.size(); ++i)
    if (sample.float_operand[i]) sum += inner(elements_of(values[next++]), trial.v[direction][i]);
  return sum;
}

std::string disagreement(std::string_view law, double rule, double independent, double tolerance) {
  if (rule == independent || std::fabs(rule - independent) <= tolerance) return "";
  if (std::isnan(rule) && std::isnan(independent)) return "";
  return fmt::format("{}: the rule gives {}, not {} +- {}\n", law, rule, independent, tolerance);
}

double rounding(const DerivedSample& sample, double tolerance) {
  for (const Type& type : sample.results)
    if (is_float(type.dtype) && type.dtype != DType::f64) return 1e-6;
  return tolerance;
}

std::string check_duals(const DerivedSample& sample, const Trial& trial, int highest_order) {
  const auto results = checked(second_by_duals(*sample.function, trial.x, trial.v[0], trial.v[1]));
  const Weighted first = weigh(sample, trial, results, 1);
  std::string wrong = disagreement("first order, duals", along(sample, trial, 1, 0), first.sum,
                                   rounding(sample, 1e-11) * (first.scale + 1e-3));
  const Weighted second = weigh(sample, trial, results, 2);
  wrong += disagreement("second order, duals", along(sample, trial, 2, 1), second.sum,
                        rounding(sample, 1e-10) * (second.scale + 1e-3));
  if (highest_order < 3) return wrong;
  const Graph& third = sample.orders[2];
  const auto slopes =
      checked(jvp_by_duals(third, trial.inputs(sample, 3), padded(third, trial.v[2])));
  return wrong + disagreement("third order, duals", along(sample, trial, 3, 2), slopes[0][0],
                              rounding(sample, 1e-9) * (std::fabs(slopes[0][0]) + 1));
}

} // namespace nnc
