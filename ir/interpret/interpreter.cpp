#include "ir/interpret/interpreter.h"

#include "ir/interpret/graph_run.h"

namespace nnc {
namespace {

using interpreter::Dual;
using interpreter::GraphRun;
using interpreter::RunState;
using interpreter::Tensor;

Status check_inputs(const Graph& graph, std::span<const Literal> inputs) {
  if (inputs.size() != graph.inputs.size())
    return Error{.code = "E0620",
                 .message = "'" + graph.name + "' takes " + std::to_string(graph.inputs.size()) +
                            " inputs, not " + std::to_string(inputs.size())};
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Type& wanted = graph.type(graph.inputs[i]);
    if (inputs[i].type != wanted)
      return Error{.code = "E0620",
                   .message = "'" + graph.leaf_name(graph.inputs[i]) + "' is " + to_string(wanted) +
                              ", not " + to_string(inputs[i].type)};
  }
  return std::nullopt;
}

Status check_direction(const Graph& graph, std::span<const Direction> tangents) {
  if (tangents.size() != graph.inputs.size())
    return Error{.code = "E0620",
                 .message = "'" + graph.name + "' has " + std::to_string(graph.inputs.size()) +
                            " inputs, the direction has " + std::to_string(tangents.size())};
  for (std::size_t i = 0; i < tangents.size(); ++i) {
    const Type& type = graph.type(graph.inputs[i]);
    const auto wanted = static_cast<std::size_t>(is_float(type.dtype) ? type.elements() : 0);
    if (!tangents[i].empty() && tangents[i].size() != wanted)
      return Error{.code = "E0620",
                   .message = "the direction of '" + graph.leaf_name(graph.inputs[i]) + "' has " +
                              std::to_string(tangents[i].size()) + " elements, not " +
                              std::to_string(wanted)};
  }
  return std::nullopt;
}

std::vector<Value> results_of(const Graph& graph) {
  std::vector<Value> values;
  for (const Output& output : graph.outputs) values.push_back(output.value);
  for (const Update& update : graph.updates) values.push_back(update.value);
  return values;
}

template <class S>
std::vector<Tensor<S>> to_tensors(std::span<const Literal> inputs) {
  std::vector<Tensor<S>> leaves;
  for (const Literal& input : inputs) leaves.push_back(interpreter::to_tensor<S>(input));
  return leaves;
}

template <class S>
Result<std::vector<Tensor<S>>> run_graph(const Graph& graph, std::vector<Tensor<S>>& leaves,
                                         std::span<const Value> wanted,
                                         const InterpretOptions& options) {
  std::vector<Tensor<S>*> given;
  for (Tensor<S>& leaf : leaves) given.push_back(&leaf);
  auto plan = interpreter::plan_run(graph, wanted);
  RunState<S> state(graph.context().flush_denormals);
  auto results = GraphRun<S>(graph, plan, options, state).run(given);
  if (options.work) {
    options.work->plans += 1 + state.plans.plans();
    options.work->steps += state.steps;
  }
  return results;
}

/// Runs on duals; `seed(element, input, position)` puts the directions in.
template <class S, class Seed>
Result<std::vector<Tensor<S>>> run_duals(const Graph& graph, std::span<const Literal> inputs,
                                         const InterpretOptions& options, Seed seed) {
  if (auto error = check_inputs(graph, inputs)) return *error;
  auto leaves = to_tensors<S>(inputs);
  for (std::size_t i = 0; i < leaves.size(); ++i)
    for (std::size_t k = 0; k < leaves[i].reals.size(); ++k) seed(leaves[i].reals[k], i, k);
  return run_graph(graph, leaves, results_of(graph), options);
}

double component(std::span<const Direction> direction, std::size_t input, std::size_t position) {
  return direction[input].empty() ? 0.0 : direction[input][position];
}

} // namespace

Result<std::vector<Literal>> interpret(const Graph& graph, std::span<const Literal> inputs,
                                       const InterpretOptions& options) {
  return interpret_values(graph, inputs, results_of(graph), options);
}

Result<std::vector<Literal>> interpret_values(const Graph& graph, std::span<const Literal> inputs,
                                              std::span<const Value> wanted,
                                              const InterpretOptions& options) {
  if (auto error = check_inputs(graph, inputs)) return *error;
  auto leaves = to_tensors<double>(inputs);
  auto tensors = run_graph(graph, leaves, wanted, options);
  if (!tensors) return tensors.error();
  std::vector<Literal> values;
  for (std::size_t i = 0; i < wanted.size(); ++i)
    values.push_back(interpreter::to_literal(graph.type(wanted[i]), (*tensors)[i]));
  return values;
}

Result<std::vector<Direction>> jvp_by_duals(const Graph& graph, std::span<const Literal> inputs,
                                            std::span<const Direction> tangents,
                                            const InterpretOptions& options) {
  using S = Dual<double>;
  if (auto error = check_direction(graph, tangents)) return *error;
  auto results = run_duals<S>(graph, inputs, options, [&](S& x, std::size_t i, std::size_t k) {
    x.d = component(tangents, i, k);
  });
  if (!results) return results.error();
  std::vector<Direction> derivatives;
  for (const Tensor<S>& tensor : *results) {
    Direction& derivative = derivatives.emplace_back(tensor.integers.size(), 0.0);
    for (const S& x : tensor.reals) derivative.push_back(x.d);
  }
  return derivatives;
}

Result<std::vector<SecondOrder>> second_by_duals(const Graph& graph,
                                                 std::span<const Literal> inputs,
                                                 std::span<const Direction> tangents,
                                                 std::span<const Direction> second_tangents,
                                                 const InterpretOptions& options) {
  using S = Dual<Dual<double>>;
  if (auto error = check_direction(graph, tangents)) return *error;
  if (auto error = check_direction(graph, second_tangents)) return *error;
  auto results = run_duals<S>(graph, inputs, options, [&](S& x, std::size_t i, std::size_t k) {
    x.v.d = component(tangents, i, k);
    x.d.v = component(second_tangents, i, k);
  });
  if (!results) return results.error();
  std::vector<SecondOrder> derivatives;
  for (const Tensor<S>& tensor : *results) {
    SecondOrder& derivative = derivatives.emplace_back();
    for (const std::int64_t x : tensor.integers) {
      derivative.value.push_back(static_cast<double>(x));
      for (Direction* zero : {&derivative.first, &derivative.second, &derivative.mixed})
        zero->push_back(0.0);
    }
    for (const S& x : tensor.reals) {
      derivative.value.push_back(x.v.v);
      derivative.first.push_back(x.v.d);
      derivative.second.push_back(x.d.v);
      derivative.mixed.push_back(x.d.d);
    }
  }
  return derivatives;
}

} // namespace nnc
