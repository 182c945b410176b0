#include "frontends/host/derivative_check.h"

#include "compiler/pipeline.h"
#include "frontends/host/wide_model.h"
#include "frontends/model/leaf_values.h"
#include "frontends/nn/initializers.h"
#include "ir/grad_node.h"
#include "ir/interpret/interpreter.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

namespace nnc {
namespace {

constexpr std::int64_t few_elements = 48;
constexpr int random_directions = 4, tries = 5;
constexpr std::int64_t most_seeds = 24; ///< of a batch, that are checked

std::vector<double> uniform(std::int64_t count, std::uint32_t seed, const std::string& path) {
  const Literal drawn =
      *nn::initial_value(*nn::make_initializer("uniform"), {DType::f64, {count}}, seed, path);
  const auto* data = reinterpret_cast<const double*>(drawn.bytes->data());
  return {data, data + count};
}

Literal f64_literal(const Type& type, std::span<const double> elements) {
  const auto bytes = std::as_bytes(elements);
  return {type, std::make_shared<const std::vector<std::byte>>(bytes.begin(), bytes.end())};
}

std::span<const double> elements(const Literal& literal) {
  return {reinterpret_cast<const double*>(literal.bytes->data()), literal.bytes->size() / 8};
}

double dot(std::span<const double> a, std::span<const double> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

/// The function of the variables that a `grad` node differentiates, alone.
struct Differentiated {
  Graph graph;                        ///< outputs: the value, seeds contracted on the host
  std::vector<std::size_t> variables; ///< positions in graph.inputs
};

/// What `stop_gradient` gives is a constant for derivatives, so it becomes a leaf like variables.
std::vector<Value> stopped_values(const Graph& graph, NodeId before) {
  std::vector<Value> values;
  for (std::uint32_t id = 0; id < before.id; ++id)
    if (graph.node(NodeId{id}).row->stops_gradient &&
        is_float(graph.type(graph.result(NodeId{id})).dtype))
      values.push_back(graph.result(NodeId{id}));
  return values;
}

/// The function of `variables` that node `id` differentiates.
Differentiated cut_out(const Graph& from, NodeId id, std::span<const Value> variables) {
  Differentiated result{Graph(from.context(), from.name), {}};
  Graph& to = result.graph;
  std::vector<Value> map = begin_copy(from, to);
  for (std::size_t i = 0; i < variables.size(); ++i) {
    Value& mapped = map[variables[i].id];
    if (!mapped.valid())
      mapped =
          to.add_leaf("variable." + std::to_string(i), Role::input, from.type(variables[i]), {});
    const auto at = std::ranges::find(to.inputs, mapped) - to.inputs.begin();
    result.variables.push_back(static_cast<std::size_t>(at));
  }
  const Value of = from.operands(id)[0];
  std::vector<bool> needed(from.node_count(), false);
  if (!map[of.id].valid()) needed[from.node_of(of).id] = true;
  for (std::uint32_t node = id.id; node-- > 0;) {
    if (!needed[node]) continue;
    for (const Value operand : from.operands(NodeId{node}))
      if (!map[operand.id].valid()) needed[from.node_of(operand).id] = true;
  }
  for (std::uint32_t node = 0; node < id.id; ++node)
    if (needed[node]) copy_node(from, NodeId{node}, to, map);
  to.outputs.push_back({"value", map[of.id]});
  return result;
}

/// A pullback of a pullback with respect to its cotangent, a zero: forward mode is made so.
bool transposes(const Graph& graph, NodeId grad) {
  const Value variable = grad_operands(graph, graph.node(grad)).wrt[0];
  const Node* node = &graph.producer(variable);
  if (node->row->repeats || node->row->literal) return false;
  while (node->input_count == 1 && (node->row->opaque || node->row->repeats))
    node = &graph.producer(node->inputs[0]);
  return node->row->literal;
}

int order_of(const Graph& graph, NodeId id) {
  std::vector<int> order(id.id + 1, 0);
  for (std::uint32_t node = 0; node <= id.id; ++node) {
    for (const Value operand : graph.operands(NodeId{node}))
      order[node] = std::max(order[node], order[graph.node_of(operand).id]);
    if (is_grad(graph, graph.node(NodeId{node})) && !transposes(graph, NodeId{node})) ++order[node];
  }
  return order[id.id];
}

/// All values that the checks of one function start from.
class Checker {
public:
  Checker(const Source& source, Graph graph, const DerivativeCheckOptions& options)
      : source_(source), graph_(std::move(graph)), options_(options) {}

  Result<std::vector<DerivativeRow>> run(std::set<std::string>& seen) {
    std::vector<DerivativeRow> rows;
    std::set<std::string> own;
    const auto live = graph_.live_nodes();
    for (std::uint32_t id = 0; id < graph_.node_count(); ++id) {
      if (!live[id] || !is_grad(graph_, graph_.node(NodeId{id}))) continue;
      const std::string name = row_name(NodeId{id}, 0);
      if (seen.contains(name)) continue; // with another function
      own.insert(name);
      auto some = check_gradient(NodeId{id});
      if (!some) return some.error();
      for (const DerivativeRow& row : *some) add(rows, row);
    }
    seen.merge(own);
    return rows;
  }

private:
  /// What a derivative is made of, as first derivatives for a Hessian, is told of as one row.
  static void add(std::vector<DerivativeRow>& rows, const DerivativeRow& row) {
    const auto known = std::ranges::find(rows, row.name, &DerivativeRow::name);
    if (known == rows.end()) {
      rows.push_back(row);
      return;
    }
    if (row.duals > known->duals || row.differences > known->differences) known->where = row.where;
    known->order = std::max(known->order, row.order);
    known->duals = std::max(known->duals, row.duals);
    known->differences = std::max(known->differences, row.differences);
    known->equal = known->equal && row.equal;
  }

  std::string shown(Value value) const {
    if (graph_.is_leaf(value)) return graph_.leaf_name(value);
    const std::string& name = graph_.value_name(value);
    return name.empty() ? "%" + std::to_string(value.id) : name;
  }
  std::string row_name(NodeId id, int variable) const {
    const Value result = graph_.result(id, variable);
    const std::string& name = graph_.value_name(result);
    if (!name.empty() && graph_.name_kind(result) == NameKind::part)
      return name.substr(0, name.rfind('.'));
    if (!name.empty()) return name;
    const auto operands = graph_.operands(id);
    return fmt::format("d {} / d {}", shown(operands[0]),
                       shown(variables(id)[static_cast<std::size_t>(variable)]));
  }
  std::span<const Value> variables(NodeId id) const {
    return grad_operands(graph_, graph_.node(id)).wrt;
  }

  /// How many seeds the derivative is taken for.
  std::int64_t batch_of(NodeId id) const {
    const GradOperands operands = grad_operands(graph_, graph_.node(id));
    return operands.batched ? graph_.type(operands.seed).shape[0] : 1;
  }

  /// The variables, then what is constant for them.
  std::vector<Value> leaves_of_check(NodeId id) const {
    const auto vars = variables(id);
    std::vector<Value> leaves(vars.begin(), vars.end());
    for (const Value value : stopped_values(graph_, id)) leaves.push_back(value);
    return leaves;
  }

  Result<std::vector<DerivativeRow>> check_gradient(NodeId id) {
    std::vector<DerivativeRow> rows;
    for (int attempt = 0; attempt < tries; ++attempt) {
      auto compared = compare(id, options_.seed + static_cast<std::uint32_t>(attempt));
      if (!compared) return compared.error();
      rows = std::move(*compared);
      const bool kink = std::ranges::any_of(rows, [&](const DerivativeRow& row) {
        return !row.equal && row.duals <= options_.dual_tolerance;
      });
      if (!kink) break;
    }
    return rows;
  }

  /// Inputs are drawn; params and float state are moved a little, off kinks such as 0.
  Result<std::vector<Literal>> point(std::uint32_t seed) const {
    std::vector<Literal> values;
    for (const Value leaf : graph_.inputs) {
      const std::string& name = graph_.leaf_name(leaf);
      const Type& type = graph_.type(leaf);
      if (graph_.role(leaf) == Role::input && type.dtype == DType::f64) {
        values.push_back(f64_literal(type, uniform(type.elements(), seed, "input." + name)));
        continue;
      }
      auto value = graph_.role(leaf) == Role::input ? Tensor::zeros(type)
                                                    : source_.leaf_value(name, type, options_.seed);
      if (!value) return value.error();
      const bool moves = graph_.role(leaf) == Role::param && type.dtype == DType::f64;
      if (moves) {
        const auto noise = uniform(type.elements(), seed, "point." + name);
        const auto to = value->as<double>();
        for (std::size_t i = 0; i < noise.size(); ++i) to[i] += 0.1 * noise[i];
      }
      values.push_back(to_literal(*value));
    }
    return values;
  }

  Result<Graph> expanded(Graph graph) const {
    auto made = run_pipeline(std::move(graph), {.stop_after = "differentiate",
                                                .check_rewrites = options_.check_rewrites});
    if (!made) return made.error();
    return std::move(made->graph);
  }

  /// The gradients, then the variables, then the seed (1 where there is none), at a point.
  Result<std::vector<Literal>> values_at(NodeId id, std::span<const Literal> point) const {
    Graph wanted(graph_.context(), graph_.name);
    std::vector<Value> map = begin_copy(graph_, wanted);
    for (std::uint32_t node = 0; node <= id.id; ++node)
      if (!map[graph_.node(NodeId{node}).first.id].valid())
        copy_node(graph_, NodeId{node}, wanted, map);
    const auto vars = leaves_of_check(id);
    const std::size_t gradients = variables(id).size();
    for (std::size_t i = 0; i < gradients; ++i)
      wanted.outputs.push_back(
          {fmt::format("gradient.{}", i), map[graph_.result(id, static_cast<int>(i)).id]});
    for (std::size_t i = 0; i < vars.size(); ++i)
      wanted.outputs.push_back({fmt::format("variable.{}", i), map[vars[i].id]});
    const Value seed = grad_operands(graph_, graph_.node(id)).seed;
    if (seed.valid()) wanted.outputs.push_back({"seed", map[seed.id]});
    auto graph = expanded(std::move(wanted));
    if (!graph) return graph.error();
    auto values = interpret(*graph, point);
    if (values && !seed.valid()) values->push_back(f64_literal({DType::f64, {}}, std::vector{1.0}));
    return values;
  }

  Result<std::vector<DerivativeRow>> compare(NodeId id, std::uint32_t seed) const {
    auto at = point(seed);
    if (!at) return at.error();
    auto values = values_at(id, *at);
    if (!values) return values.error();
    const auto vars = variables(id);
    const auto leaves = leaves_of_check(id);
    Differentiated cut = cut_out(graph_, id, leaves);
    const std::vector<std::size_t> positions = cut.variables;
    auto graph = expanded(std::move(cut.graph));
    if (!graph) return graph.error();
    std::vector<Literal> inputs = *at;
    inputs.resize(graph->inputs.size(), inputs.empty() ? Literal{} : inputs[0]);
    for (std::size_t i = 0; i < leaves.size(); ++i)
      inputs[positions[i]] = (*values)[vars.size() + i];
    std::vector<DerivativeRow> rows;
    for (std::size_t i = 0; i < vars.size(); ++i) {
      DerivativeRow row{
          .name = row_name(id, static_cast<int>(i)), .order = order_of(graph_, id), .where = {}};
      const auto gradients = elements((*values)[i]), seeds = elements(values->back());
      const auto each = [&](std::span<const double> all, std::int64_t k, std::int64_t batch) {
        const std::size_t size = all.size() / static_cast<std::size_t>(batch);
        return all.subspan(static_cast<std::size_t>(k) * size, size);
      };
      const std::int64_t batch = batch_of(id), step = std::max<std::int64_t>(batch / most_seeds, 1);
      for (std::int64_t k = 0; k < batch; k += step) {
        const auto error = along_directions(*graph, inputs, positions[i], each(gradients, k, batch),
                                            each(seeds, k, batch), shown(vars[i]), seed, row);
        if (error) return *error;
      }
      rows.push_back(std::move(row));
    }
    return rows;
  }

  Status along_directions(const Graph& graph, const std::vector<Literal>& inputs,
                          std::size_t variable, std::span<const double> gradient,
                          std::span<const double> seeds, const std::string& name,
                          std::uint32_t seed, DerivativeRow& row) const {
    const auto count = static_cast<std::int64_t>(gradient.size());
    const bool each = count <= few_elements;
    const Shape& shape = inputs[variable].type.shape;
    for (std::int64_t k = 0; k < (each ? count : random_directions); ++k) {
      Direction direction(gradient.size(), 0.0);
      if (each)
        direction[static_cast<std::size_t>(k)] = 1;
      else
        direction = uniform(count, seed, fmt::format("direction.{}.{}", name, k));
      std::vector<Direction> tangents(inputs.size());
      tangents[variable] = direction;
      const auto duals = jvp_by_duals(graph, inputs, tangents);
      if (!duals) return duals.error();
      const auto difference = central_difference(graph, inputs, variable, direction, seeds);
      if (!difference) return difference.error();
      const double symbolic = dot(gradient, direction);
      const double scale = std::max(1.0, std::abs(difference->second));
      note(row, symbolic, dot((*duals)[0], seeds), difference->first, scale,
           each ? name + to_string(index_of(shape, k)) : fmt::format("{}, random {}", name, k + 1));
    }
    return std::nullopt;
  }

  /// The difference quotient, and the value beside it.
  Result<std::pair<double, double>>
  central_difference(const Graph& graph, const std::vector<Literal>& inputs, std::size_t variable,
                     const Direction& direction, std::span<const double> seeds) const {
    std::array<double, 2> sides{};
    for (const std::size_t side : {0u, 1u}) {
      std::vector<Literal> moved = inputs;
      std::vector<double> values(elements(inputs[variable]).begin(),
                                 elements(inputs[variable]).end());
      const double step = side ? options_.step : -options_.step;
      for (std::size_t i = 0; i < values.size(); ++i) values[i] += step * direction[i];
      moved[variable] = f64_literal(inputs[variable].type, values);
      const auto value = interpret(graph, moved);
      if (!value) return value.error();
      sides[side] = dot(elements((*value)[0]), seeds);
    }
    return std::pair((sides[1] - sides[0]) / (2 * options_.step), sides[1]);
  }

  void note(DerivativeRow& row, double symbolic, double dual, double difference, double scale,
            const std::string& where) const {
    const auto relative = [&](double other) {
      if (symbolic == other || (std::isnan(symbolic) && std::isnan(other))) return 0.0;
      const double error = std::abs(symbolic - other) /
                           std::max({std::abs(symbolic), std::abs(other), 1e-3 * scale});
      return std::isnan(error) ? INFINITY : error;
    };
    const double by_duals = relative(dual), by_differences = relative(difference);
    const bool worse =
        by_duals / options_.dual_tolerance + by_differences / options_.difference_tolerance >
        row.duals / options_.dual_tolerance + row.differences / options_.difference_tolerance;
    if (worse || row.where.empty()) row.where = where;
    row.duals = std::max(row.duals, by_duals);
    row.differences = std::max(row.differences, by_differences);
    row.equal =
        row.duals <= options_.dual_tolerance && row.differences <= options_.difference_tolerance;
  }

  const Source& source_;
  Graph graph_;
  const DerivativeCheckOptions& options_;
};

/// The functions of the model, and derivatives that none of them may have asked for.
std::vector<std::string> names_to_check(const Source& source) {
  std::vector<std::string> names = source.functions();
  for (const NodeDoc& node : source.model()->doc->nodes)
    if (std::ranges::any_of(node.expression.terms,
                            [](const Term& term) { return is_derivative(term.text); }))
      for (const NameDoc& out : node.out) names.push_back(out.text);
  return names;
}

} // namespace

OrErrors<std::vector<DerivativeRow>> check_derivatives(ModelDoc doc,
                                                       const DerivativeCheckOptions& options) {
  auto made = Source::of(in_f64(std::move(doc)), options.ops);
  if (auto* errors = std::get_if<Errors>(&made)) return std::move(*errors);
  Source& source = std::get<Source>(made);
  std::vector<DerivativeRow> rows;
  std::set<std::string> seen;
  for (const std::string& name :
       options.functions.empty() ? names_to_check(source) : options.functions) {
    auto graph = source.build(name, {.sizes = options.sizes});
    if (auto* errors = std::get_if<Errors>(&graph)) return std::move(*errors);
    auto inlined = run_pipeline(std::move(std::get<Graph>(graph)), {.stop_after = "inline"});
    if (!inlined) return Errors{inlined.error()};
    auto some = Checker(source, std::move(inlined->graph), options).run(seen);
    if (!some) return Errors{some.error()};
    rows.insert(rows.end(), some->begin(), some->end());
  }
  return rows;
}

} // namespace nnc
