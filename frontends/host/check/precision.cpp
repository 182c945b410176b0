#include "frontends/host/check/precision.h"

#include "ir/interpret/interpreter.h"
#include "ir/widen.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

namespace nnc {
namespace {

using interpreter::ElementRead;
using interpreter::NodeElements;

constexpr double notable = 1.0 / 3; ///< of the digits of a dtype
constexpr double handed_on = 1;     ///< a node that loses less than this hands on what was lost

/// Both runs of a graph, by value of the narrow one.
struct Runs {
  const Graph& narrow_graph;
  const WideGraph& wide_graph;
  std::vector<Literal> narrow, wide;
  std::vector<double> digits; ///< by value: of its dtype, or a narrower one that it comes from

  const Literal& wide_of(Value value) const { return wide[wide_graph.map[value.id].id]; }
};

struct Element {
  Value value;
  std::int64_t position = 0;
  auto operator<=>(const Element&) const = default;
};

/// Decimal digits in which `narrow` agrees with `wide`, errors relative to `scale`; infinitely many
/// where they are equal.
double right_digits(double narrow, double wide, double scale) {
  if (narrow == wide || (std::isnan(narrow) && std::isnan(wide))) return INFINITY;
  const double error = std::abs(narrow - wide) / scale;
  return std::isfinite(error) ? std::max(-std::log10(error), 0.0) : 0;
}

class Trace {
public:
  explicit Trace(const Runs& runs) : runs_(runs), graph_(runs.narrow_graph) {}

  /// Follows digits that are missing at `at` back to the node that loses them, or the one on the
  /// way that loses most; nullopt where another trace came by.
  std::optional<LostDigits> back(Element at) {
    std::optional<LostDigits> worst;
    while (seen_.insert(at).second) {
      std::optional<Element> from;
      std::vector<ElementRead> reads;
      blame(at, from, reads);
      const double all = runs_.digits[at.value.id], here = std::min(right(at), all);
      const double before = from ? std::min(right(*from), all) : all;
      if (!worst || before - here > worst->lost) worst = found(at, before - here, here, reads);
      if (before - here >= handed_on || before == all) return worst;
      at = *from;
    }
    return std::nullopt;
  }

private:
  std::vector<Literal> operands(Value value, bool wide) const {
    std::vector<Literal> literals;
    for (const Value operand : graph_.operands(graph_.producer(value)))
      literals.push_back(wide ? runs_.wide_of(operand) : widened(runs_.narrow[operand.id]));
    return literals;
  }

  /// Of the element's own, whatever else its tensor holds.
  double right(const Element& at) const {
    const double n = number_at(runs_.narrow[at.value.id], at.position);
    const double w = number_at(runs_.wide_of(at.value), at.position);
    if (!is_float(graph_.type(at.value).dtype)) return n == w ? INFINITY : 0;
    return right_digits(n, w, std::abs(w));
  }

  /// The element of an operand that is most to blame; none where the node's own rounding is.
  void blame(const Element& at, std::optional<Element>& from, std::vector<ElementRead>& reads) {
    const Graph& wide = runs_.wide_graph.graph;
    const Value there = runs_.wide_graph.map[at.value.id];
    const NodeId id = wide.node_of(there);
    if (!NodeElements::possible(wide, id)) return blame_tensors(at, from);
    const auto right = operands(at.value, true), wrong = operands(at.value, false);
    NodeElements elements(wide, id, right, cache_);
    const int result = wide.result_index(there);
    const auto exact = elements.at(result, at.position);
    reads = exact.reads;
    double most = 0;
    int blamed = -1;
    for (int i = 0; i < std::ssize(right); ++i) {
      const auto operand = static_cast<std::size_t>(i);
      elements.replace(i, wrong[operand]);
      const double error = std::abs(elements.at(result, at.position).value - exact.value);
      elements.replace(i, right[operand]);
      if (error > most || std::isnan(error)) most = error, blamed = i;
    }
    const double error = std::abs(number_at(runs_.narrow[at.value.id], at.position) - exact.value);
    if (blamed >= 0 && !(most < 0.1 * error)) worst_read(at, blamed, reads, from);
  }

  void worst_read(const Element& at, int operand, std::span<const ElementRead> reads,
                  std::optional<Element>& from) const {
    const Value value = graph_.producer(at.value).inputs[operand];
    double most = -1;
    for (const ElementRead& read : reads) {
      if (read.operand != operand) continue;
      const double error = std::abs(number_at(runs_.narrow[value.id], read.element) -
                                    number_at(runs_.wide_of(value), read.element));
      if (error <= most) continue; // true for no NaN
      most = error;
      from = {value, read.element};
    }
  }

  /// For rows whose elements cannot be looked at one by one.
  void blame_tensors(const Element& at, std::optional<Element>& from) const {
    double least = INFINITY;
    for (const Value operand : graph_.operands(graph_.producer(at.value)))
      for (std::int64_t i = 0; i < graph_.type(operand).elements(); ++i)
        if (const double one = right({operand, i}); one < least) least = one, from = {operand, i};
  }

  LostDigits found(const Element& at, double lost, double right,
                   std::span<const ElementRead> reads) const {
    const auto narrow = operands(at.value, false);
    return {.value = at.value,
            .element = at.position,
            .narrow = number_at(runs_.narrow[at.value.id], at.position),
            .wide = number_at(runs_.wide_of(at.value), at.position),
            .lost = lost,
            .right = right,
            .operands = by_operand(graph_, graph_.node_of(at.value), reads, narrow, 9)};
  }

  const Runs& runs_;
  const Graph& graph_;
  interpreter::TapeCache cache_;
  std::set<Element> seen_;
};

/// The worst element of a value, relative to its tensor, and how many digits it has right.
std::pair<std::int64_t, double> worst_of(const Runs& runs, Value value) {
  const Literal &narrow = runs.narrow[value.id], &wide = runs.wide_of(value);
  double squares = 0;
  std::int64_t finite = 0;
  for (std::int64_t i = 0; i < wide.type.elements(); ++i)
    if (const double w = number_at(wide, i); std::isfinite(w)) squares += w * w, ++finite;
  const double mean = finite ? std::sqrt(squares / static_cast<double>(finite)) : 0;
  std::pair<std::int64_t, double> worst{0, runs.digits[value.id]};
  for (std::int64_t i = 0; i < wide.type.elements(); ++i) {
    const double w = number_at(wide, i);
    const double right = right_digits(number_at(narrow, i), w, std::max(std::abs(w), mean));
    if (right < worst.second) worst = {i, right};
  }
  return worst;
}

bool all_finite(const Literal& wide) {
  for (std::int64_t i = 0; i < wide.type.elements(); ++i)
    if (!std::isfinite(number_at(wide, i))) return false;
  return true;
}

/// By value, the digits of its dtype, or fewer if it comes from what has fewer.
std::vector<double> digits_of_values(const Graph& graph) {
  std::vector<double> digits(graph.value_count(), INFINITY);
  for (std::uint32_t id = 0; id < graph.value_count(); ++id) {
    for (const Value operand : graph.operands(graph.producer(Value{id})))
      digits[id] = std::min(digits[id], digits[operand.id]);
    const DType dtype = graph.type(Value{id}).dtype;
    if (is_float(dtype)) digits[id] = std::min(digits[id], digits_of(dtype));
  }
  return digits;
}

std::vector<Literal> all_values(const Graph& graph, std::span<const Literal> inputs,
                                Status& error) {
  std::vector<Literal> values(graph.value_count());
  const auto ran = interpret(graph, inputs, {.watch = [&](Value value, const Literal& literal) {
                               values[value.id] = literal;
                             }});
  if (!ran) error = ran.error();
  return values;
}

PrecisionReport report_of(const Runs& runs) {
  const Graph& graph = runs.narrow_graph;
  PrecisionReport report;
  Trace trace(runs);
  std::map<std::uint32_t, LostDigits> by_value;
  const auto live = graph.live_nodes();
  for (std::uint32_t id = 0; id < graph.value_count(); ++id) {
    const Value value{id};
    const double all = runs.digits[id];
    if (!live[graph.node_of(value).id] || !is_float(graph.type(value).dtype)) continue;
    report.values += all < digits_of(DType::f64);
    const auto [element, right] = worst_of(runs, value);
    if (all - right < notable * all) continue;
    const auto found = trace.back({value, element});
    if (!found) continue;
    const auto known = by_value.find(found->value.id);
    if (known == by_value.end() || known->second.lost < found->lost)
      by_value.insert_or_assign(found->value.id, *found);
  }
  for (auto& [id, lost] : by_value) report.nodes.push_back(std::move(lost));
  std::ranges::stable_sort(report.nodes, std::greater(), &LostDigits::lost);
  const auto first =
      std::ranges::min_element(report.nodes, {}, [](const LostDigits& one) { return one.value; });
  report.first = static_cast<std::size_t>(first - report.nodes.begin());
  const auto add_result = [&](const std::string& name, Value value) {
    if (is_float(graph.type(value).dtype))
      report.results.push_back({name, worst_of(runs, value).second, runs.digits[value.id],
                                all_finite(runs.wide_of(value))});
  };
  for (const Output& output : graph.outputs) add_result(output.name, output.value);
  for (const Update& update : graph.updates) add_result(update.target, update.value);
  return report;
}

} // namespace

double digits_of(DType dtype) {
  const int bits = dtype == DType::f64   ? 53
                   : dtype == DType::f32 ? 24
                   : dtype == DType::f16 ? 11
                                         : 8;
  return bits * std::log10(2.0);
}

Result<PrecisionReport> find_lost_digits(const Graph& graph, std::span<const Literal> inputs) {
  const auto wide = widened(graph);
  if (!wide) return wide.error();
  std::vector<Literal> wide_inputs;
  for (const Literal& input : inputs) wide_inputs.push_back(widened(input));
  Status error;
  Runs runs{graph, *wide, all_values(graph, inputs, error), {}, digits_of_values(graph)};
  if (error) return *error;
  runs.wide = all_values(wide->graph, wide_inputs, error);
  if (error) return *error;
  return report_of(runs);
}

} // namespace nnc
