#include "frontends/host/check/compare_derivative.h"

#include "compiler/pipeline.h"
#include "frontends/nn/initializers.h"
#include "ir/cost.h"
#include "ir/grad_node.h"
#include "ir/interpret/interpreter.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>

namespace nnc {
namespace {

constexpr std::int64_t few_elements = 48, random_directions = 4;
/// That a look at all variables takes at about three runs a direction, in arithmetic operations of
/// the interpreter: some ten seconds.
constexpr double affordable = 1e9;
constexpr std::int64_t most_seeds = 24; ///< of a batch, that are checked

/// Elements along which a direction does not go say nothing, and may be no numbers.
double dot(std::span<const double> a, std::span<const double> direction) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (direction[i] != 0) sum += a[i] * direction[i];
  return sum;
}

std::string shown(const Graph& graph, Value value) {
  if (graph.is_leaf(value)) return graph.leaf_name(value);
  const std::string& name = graph.value_name(value);
  return name.empty() ? "%" + std::to_string(value.id) : name;
}

} // namespace

double relative_error(double a, double b, double scale) {
  if (a == b || (std::isnan(a) && std::isnan(b))) return 0;
  const double error = std::abs(a - b) / std::max({std::abs(a), std::abs(b), 1e-3 * scale});
  return std::isnan(error) ? INFINITY : error;
}

double badness(const DerivativeRow& row, const DerivativeCheckOptions& options) {
  return row.duals / options.dual_tolerance + row.differences / options.difference_tolerance;
}

std::vector<double> uniform(std::int64_t count, std::uint32_t seed, const std::string& path) {
  const Literal drawn =
      *nn::initial_value(*nn::make_initializer("uniform"), {DType::f64, {count}}, seed, path);
  const auto data = elements(drawn);
  return {data.begin(), data.end()};
}

Literal f64_literal(const Type& type, std::span<const double> elements) {
  const auto bytes = std::as_bytes(elements);
  return {type, std::make_shared<const std::vector<std::byte>>(bytes.begin(), bytes.end())};
}

std::span<const double> elements(const Literal& literal) {
  return {reinterpret_cast<const double*>(literal.bytes->data()), literal.bytes->size() / 8};
}

std::string derivative_name(const Graph& graph, NodeId grad, std::size_t variable) {
  const Value result = graph.result(grad, static_cast<int>(variable));
  const std::string& name = graph.value_name(result);
  if (!name.empty() && graph.name_kind(result) == NameKind::part)
    return name.substr(0, name.rfind('.'));
  if (!name.empty()) return name;
  return fmt::format("d {} / d {}", shown(graph, graph.operands(grad)[0]),
                     shown(graph, grad_operands(graph, graph.node(grad)).wrt[variable]));
}

void add_row(std::vector<DerivativeRow>& rows, const DerivativeRow& row,
             const DerivativeCheckOptions& options) {
  const auto known = std::ranges::find(rows, row.name, &DerivativeRow::name);
  if (known == rows.end()) {
    rows.push_back(row);
    return;
  }
  if (badness(row, options) > badness(*known, options)) {
    known->where = row.where;
    known->seed = row.seed;
    known->explanation = row.explanation;
  }
  known->order = std::max(known->order, row.order);
  known->duals = std::max(known->duals, row.duals);
  known->differences = std::max(known->differences, row.differences);
  known->equal = known->equal && row.equal;
  known->compared = known->compared || row.compared;
  known->undefined = known->undefined && row.undefined;
  known->singular = known->singular || row.singular;
}

DerivativeComparison::DerivativeComparison(const Graph& graph, NodeId grad,
                                           const DerivativeCheckOptions& options)
    : graph_(graph), grad_(grad), options_(options), leaves_(differentiated_leaves(graph, grad)) {
  const GradOperands operands = grad_operands(graph, graph.node(grad));
  variables_ = operands.wrt.size();
  if (operands.batched) batch_ = graph.type(operands.seed).shape[0];
}

Result<Graph> DerivativeComparison::expanded(Graph graph) const {
  auto made = run_pipeline(
      std::move(graph), {.stop_after = "differentiate", .check_rewrites = options_.check_rewrites});
  if (!made) return made.error();
  return std::move(made->graph);
}

/// The two graphs: what is differentiated, and the gradients with the leaves of the former.
Status DerivativeComparison::prepare() {
  if (function_) return std::nullopt;
  Differentiated cut = cut_out(graph_, grad_, leaves_);
  positions_ = cut.positions;
  Graph wanted(graph_.context(), graph_.name);
  std::vector<Value> map = begin_copy(graph_, wanted);
  for (std::uint32_t node = 0; node <= grad_.id; ++node)
    if (!map[graph_.node(NodeId{node}).first.id].valid())
      copy_node(graph_, NodeId{node}, wanted, map);
  for (std::size_t i = 0; i < variables_; ++i)
    wanted.outputs.push_back(
        {fmt::format("gradient.{}", i), map[graph_.result(grad_, static_cast<int>(i)).id]});
  for (std::size_t i = 0; i < leaves_.size(); ++i)
    wanted.outputs.push_back({fmt::format("variable.{}", i), map[leaves_[i].id]});
  const Value seed = grad_operands(graph_, graph_.node(grad_)).seed;
  if (seed.valid()) wanted.outputs.push_back({"seed", map[seed.id]});
  auto derivative = expanded(std::move(wanted));
  if (!derivative) return derivative.error();
  auto function = expanded(std::move(cut.graph));
  if (!function) return function.error();
  const double direction = 3 * graph_cost(*function) * static_cast<double>(variables_);
  directions_ = static_cast<std::int64_t>(
      std::clamp(affordable / std::max(direction, 1.0), 1.0, static_cast<double>(few_elements)));
  derivative_.emplace(std::move(*derivative));
  function_.emplace(std::move(*function));
  return std::nullopt;
}

/// By the back end that was asked for.
Result<std::vector<Literal>> DerivativeComparison::gradients(std::span<const Literal> point) {
  if (options_.backend == "interpreter") return interpret(*derivative_, point);
  if (!executor_) {
    auto made = Executor::make(copy_live(*derivative_), {.backend = options_.backend});
    if (!made) return made.error();
    executor_ = std::move(*made);
  }
  std::vector<ArgumentBytes> arguments;
  for (const Literal& literal : point)
    arguments.push_back({literal.bytes->data(), literal.type.bytes()});
  std::vector<std::pair<Type, std::shared_ptr<std::vector<std::byte>>>> results;
  for (const Output& output : derivative_->outputs) {
    const Type& type = derivative_->type(output.value);
    results.emplace_back(
        type, std::make_shared<std::vector<std::byte>>(static_cast<std::size_t>(type.bytes())));
    arguments.push_back({results.back().second->data(), type.bytes()});
  }
  if (Status error = executor_->call(arguments)) return *error;
  std::vector<Literal> values;
  for (auto& [type, bytes] : results) values.push_back({type, std::move(bytes)});
  return values;
}

Status DerivativeComparison::evaluate(std::span<const Literal> point) {
  auto values = gradients(point);
  if (!values) return values.error();
  values_ = std::move(*values);
  if (!grad_operands(graph_, graph_.node(grad_)).seed.valid())
    values_.push_back(f64_literal({DType::f64, {}}, std::vector{1.0}));
  inputs_.assign(point.begin(), point.end());
  inputs_.resize(function_->inputs.size());
  for (std::size_t i = 0; i < leaves_.size(); ++i) inputs_[positions_[i]] = values_[variables_ + i];
  return std::nullopt;
}

Result<std::vector<DerivativeRow>> DerivativeComparison::at(std::span<const Literal> point,
                                                            std::uint32_t seed) {
  if (Status error = prepare()) return *error;
  if (Status error = evaluate(point)) return *error;
  std::vector<DerivativeRow> rows;
  for (std::size_t i = 0; i < variables_; ++i) {
    DerivativeRow row{.name = derivative_name(graph_, grad_, i),
                      .order = derivative_order(graph_, grad_),
                      .where = {},
                      .seed = seed};
    const std::int64_t before = runs_;
    if (Status error = compare(i, seed, row)) return *error;
    row.runs = runs_ - before;
    rows.push_back(std::move(row));
  }
  return rows;
}

std::int64_t DerivativeComparison::batch_step() const {
  return std::max<std::int64_t>(batch_ / most_seeds, 1);
}

/// Along each element, or along random directions where they are many, of which one sees an error
/// anywhere; each for all seeds at once.
Status DerivativeComparison::compare(std::size_t variable, std::uint32_t seed,
                                     DerivativeRow& row) const {
  const std::string name = shown(graph_, leaves_[variable]);
  const Type& type = graph_.type(leaves_[variable]);
  const bool each = type.elements() <= directions_;
  const std::int64_t count = each ? type.elements() : std::min(random_directions, directions_);
  if (count == 0) row.compared = true; // all of nothing
  for (std::int64_t k = 0; k < count; ++k) {
    const auto line =
        each ? secant_of_elements(variable, k, k + 1)
             : secant(uniform(type.elements(), seed, fmt::format("direction.{}.{}", name, k)),
                      variable);
    if (!line) return line.error();
    for (std::int64_t batch = 0; batch < batch_; batch += batch_step()) {
      auto compared = sides(*line, batch);
      if (!compared) return compared.error();
      const auto rough = is_rough(*line, *compared, batch);
      if (!rough) return rough.error();
      compared->singular = compared->singular || *rough;
      note(row, *compared,
           each ? name + to_string(index_of(type.shape, k))
                : fmt::format("{}, random {}", name, k + 1));
    }
  }
  return std::nullopt;
}

/// One seed's part of a gradient or of the seeds.
std::span<const double> DerivativeComparison::part(std::size_t value, std::int64_t batch) const {
  const auto all = elements(values_[value]);
  const std::size_t size = all.size() / static_cast<std::size_t>(batch_);
  return all.subspan(static_cast<std::size_t>(batch) * size, size);
}

Result<Secant> DerivativeComparison::secant(Direction direction, std::size_t variable) const {
  std::vector<Direction> tangents(inputs_.size());
  tangents[positions_[variable]] = direction;
  auto duals = jvp_by_duals(*function_, inputs_, tangents);
  ++runs_;
  if (!duals) return duals.error();
  auto low = value_at(direction, variable, -options_.step);
  auto high = value_at(direction, variable, options_.step);
  if (!low || !high) return (low ? high : low).error();
  return Secant{variable, std::move(direction), std::move((*duals)[0]), std::move(*low),
                std::move(*high)};
}

/// Along the elements `from` to `to` - 1 at once, with signs that let no errors cancel.
Result<Secant> DerivativeComparison::secant_of_elements(std::size_t variable, std::int64_t from,
                                                        std::int64_t to) const {
  Direction direction(static_cast<std::size_t>(graph_.type(leaves_[variable]).elements()), 0.0);
  if (to == from + 1)
    direction[static_cast<std::size_t>(from)] = 1;
  else
    std::ranges::copy(uniform(to - from, static_cast<std::uint32_t>(from), "signs"),
                      direction.begin() + from);
  return secant(std::move(direction), variable);
}

/// For one seed.
Result<DerivativeSides> DerivativeComparison::sides(const Secant& secant,
                                                    std::int64_t batch) const {
  const auto seeds = part(values_.size() - 1, batch);
  const double low = dot(secant.low, seeds), high = dot(secant.high, seeds);
  DerivativeSides sides{.rule = dot(part(secant.variable, batch), secant.direction),
                        .duals = dot(secant.duals, seeds),
                        .differences = (high - low) / (2 * options_.step),
                        .scale = std::max(1.0, std::abs(high)),
                        .defined = std::isfinite(high)};
  if (std::isfinite(sides.rule) && std::isfinite(sides.duals)) return sides;
  const auto singular = is_singular(secant, seeds);
  if (!singular) return singular.error();
  sides.singular = *singular;
  return sides;
}

/// Where the function jumps or bends, or is rougher than a step, differences tell nothing.
Result<bool> DerivativeComparison::is_rough(const Secant& secant, const DerivativeSides& sides,
                                            std::int64_t batch) const {
  if (sides.singular || !sides.defined || duals_differ(sides)) return false;
  if (relative_error(sides.rule, sides.differences, sides.scale) <= options_.difference_tolerance)
    return false;
  return is_singular(secant, part(values_.size() - 1, batch));
}

/// The function, `step` times the direction from the point.
Result<Direction> DerivativeComparison::value_at(const Direction& direction, std::size_t variable,
                                                 double step) const {
  const Literal& at = inputs_[positions_[variable]];
  std::vector<Literal> moved = inputs_;
  std::vector<double> values(elements(at).begin(), elements(at).end());
  for (std::size_t i = 0; i < values.size(); ++i) values[i] += step * direction[i];
  moved[positions_[variable]] = f64_literal(at.type, values);
  const auto value = interpret(*function_, moved);
  ++runs_;
  if (!value) return value.error();
  const auto all = elements((*value)[0]);
  return Direction(all.begin(), all.end());
}

/// Has it a value at the point, but slopes of secants to both sides that differ, or that grow as
/// these get shorter?
Result<bool> DerivativeComparison::is_singular(const Secant& secant,
                                               std::span<const double> seeds) const {
  constexpr double shorter = 1e-2, alike = 0.1;
  const auto at = [&](double step) { return value_at(secant.direction, secant.variable, step); };
  const auto values = at(0);
  if (!values) return values.error();
  const double middle = dot(*values, seeds);
  if (!std::isfinite(middle)) return false;
  double least = INFINITY, most = -INFINITY;
  for (const double step :
       {-options_.step, options_.step, -options_.step * shorter, options_.step * shorter}) {
    const auto moved = at(step);
    if (!moved) return moved.error();
    const double slope = (dot(*moved, seeds) - middle) / step;
    if (!std::isfinite(slope)) return true; // it ends here
    least = std::min(least, slope);
    most = std::max(most, slope);
  }
  return most - least > alike * std::max({1.0, std::abs(least), std::abs(most)});
}

void DerivativeComparison::note(DerivativeRow& row, const DerivativeSides& sides,
                                const std::string& where) const {
  if (sides.singular) {
    row.singular = true;
    if (row.where.empty()) row.where = where;
    return;
  }
  const double before = badness(row, options_);
  DerivativeRow here{.name = {}, .where = {}};
  here.duals = relative_error(sides.rule, sides.duals, sides.scale);
  if (sides.defined) here.differences = relative_error(sides.rule, sides.differences, sides.scale);
  row.undefined = row.undefined || !sides.defined;
  row.compared = row.compared || sides.defined;
  row.duals = std::max(row.duals, here.duals);
  row.differences = std::max(row.differences, here.differences);
  row.equal =
      row.duals <= options_.dual_tolerance && row.differences <= options_.difference_tolerance;
  const bool worse = badness(here, options_) > before;
  if (row.where.empty() || (worse && !(row.singular && row.equal))) row.where = where;
}

/// By dual numbers, where those say that something is wrong.
double DerivativeComparison::apart(const DerivativeSides& sides) const {
  if (sides.singular) return 0;
  const bool by_duals = duals_differ(sides);
  if (!by_duals && !sides.defined) return 0;
  const double distance = by_duals
                              ? std::abs(sides.rule - sides.duals)
                              : std::abs(sides.rule - sides.differences) * options_.dual_tolerance;
  return std::isnan(distance) ? INFINITY : distance;
}

std::string DerivativeComparison::element_name(const WorstElement& worst) const {
  Shape index = index_of(graph_.type(leaves_[worst.variable]).shape, worst.element);
  if (grad_operands(graph_, graph_.node(grad_)).batched) index.insert(index.begin(), worst.seed);
  return derivative_name(graph_, grad_, worst.variable) + to_string(index);
}

bool DerivativeComparison::duals_differ(const DerivativeSides& sides) const {
  return relative_error(sides.rule, sides.duals, sides.scale) > options_.dual_tolerance;
}

/// The worst of the seeds along one direction, if it is worse than what was found.
Status DerivativeComparison::take_worse(const Secant& secant, std::int64_t element,
                                        WorstElement& found, double& most) const {
  for (std::int64_t batch = 0; batch < batch_; batch += batch_step()) {
    const auto here = sides(secant, batch);
    if (!here) return here.error();
    if (apart(*here) <= most) continue;
    most = apart(*here);
    found = {*here, secant.variable, element, batch};
  }
  return std::nullopt;
}

Result<WorstElement> DerivativeComparison::worst(std::size_t variable) const {
  const std::int64_t count = graph_.type(leaves_[variable]).elements();
  WorstElement found;
  double most = -1;
  const auto take = [&](std::int64_t from, std::int64_t to) -> Status {
    const auto line = secant_of_elements(variable, from, to);
    return line ? take_worse(*line, from, found, most) : line.error();
  };
  // By halves there are two directions for each, one before and one at last.
  const auto halves =
      static_cast<std::int64_t>(2 * std::bit_width(static_cast<std::uint64_t>(count)) + 2);
  if (count > std::max(directions_, halves)) { // of the seed that is worst along all, the element
    if (Status error = take(0, count)) return *error;
    const auto element = by_halves(variable, found.seed);
    if (!element) return element.error();
    most = -1;
    if (Status error = take(*element, *element + 1)) return *error;
    return found;
  }
  for (std::int64_t i = 0; i < count; ++i)
    if (Status error = take(i, i + 1)) return *error;
  return found;
}

/// The element that the worse half of the worse half of ... the variable is, for one seed.
Result<std::int64_t> DerivativeComparison::by_halves(std::size_t variable,
                                                     std::int64_t batch) const {
  const auto distance = [&](std::int64_t from, std::int64_t to) -> Result<double> {
    const auto line = secant_of_elements(variable, from, to);
    if (!line) return line.error();
    const auto here = sides(*line, batch);
    return here ? Result<double>(apart(*here)) : here.error();
  };
  std::int64_t from = 0, to = graph_.type(leaves_[variable]).elements();
  while (to > from + 1) {
    const std::int64_t middle = (from + to) / 2;
    const auto left = distance(from, middle), right = distance(middle, to);
    if (!left || !right) return (left ? right : left).error();
    (*left >= *right ? to : from) = middle;
  }
  return from;
}

} // namespace nnc
