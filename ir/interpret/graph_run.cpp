#include "ir/interpret/graph_run.h"

#include "ir/index_error.h"

#include <algorithm>
#include <utility>

namespace nnc::interpreter {
namespace {

constexpr int max_call_depth = 100;

/// The indices of the element at row-major position `flat`.
std::vector<std::int64_t> place_of(std::int64_t flat, std::span<const std::int64_t> shape) {
  std::vector<std::int64_t> at(shape.size());
  for (std::size_t axis = shape.size(); axis-- > 0; flat /= shape[axis])
    at[axis] = flat % shape[axis];
  return at;
}

template <class S>
std::int64_t bytes_of(const Tensor<S>& tensor) {
  return static_cast<std::int64_t>(tensor.reals.size() * sizeof(S) +
                                   tensor.integers.size() * sizeof(std::int64_t));
}

} // namespace

template <class S>
GraphRun<S>::GraphRun(const Graph& graph, RunPlan& plan, const InterpretOptions& options,
                      RunState<S>& state, int depth)
    : graph_(graph), plan_(plan), options_(options), state_(state), depth_(depth),
      own_(graph.value_count()), tensors_(graph.value_count()) {
  for (std::size_t i = 0; i < own_.size(); ++i) tensors_[i] = &own_[i];
}

template <class S>
Result<std::vector<Tensor<S>>> GraphRun<S>::run(std::span<Tensor<S>* const> leaves) {
  uses_ = plan_.uses;
  bytes_ = 0;
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    bytes_ += bytes_of(*leaves[i]);
    tensors_[graph_.inputs[i].id] = leaves[i];
  }
  for (NodePlan& node : plan_.nodes)
    if (auto error = run_node(node)) return *error;
  return take_wanted();
}

/// Moved out where they are this run's own and not wanted again.
template <class S>
std::vector<Tensor<S>> GraphRun<S>::take_wanted() {
  std::vector<Tensor<S>> results;
  for (const Value value : plan_.wanted) {
    const bool last = --uses_[value.id] == 0 && tensors_[value.id] == &own_[value.id];
    if (last)
      results.push_back(std::exchange(own_[value.id], {}));
    else
      results.push_back(tensor(value));
  }
  return results;
}

template <class S>
Error GraphRun<S>::node_error(NodeId id, std::string code, std::string message) const {
  const Node& node = graph_.node(id);
  const std::string& name = graph_.value_name(graph_.result(id));
  const std::string subject = name.empty() ? "node " + std::to_string(id.id) : "'" + name + "'";
  return {.code = std::move(code),
          .message = node.row->name + " " + subject + ": " + message,
          .place = graph_.context().origins[node.origin].place};
}

template <class S>
Status GraphRun<S>::run_node(NodePlan& plan) {
  const NodeId id = plan.id;
  const Node& node = graph_.node(id);
  const OpRow& row = *node.row;
  if (row.leaf) {
    const Value leaf = graph_.result(id);
    if (options_.watch) options_.watch(leaf, to_literal(graph_.type(leaf), tensor(leaf)));
    return std::nullopt;
  }
  if (auto error = check_indices(plan)) return error;
  if (row.element || row.body) {
    if (auto error = compute(plan)) return error;
  } else if (plan.control) {
    if (auto error = run_control(id, *plan.control)) return error;
  } else if (plan.function) {
    if (auto error = call(id, *plan.function)) return error;
  } else {
    return node_error(id, "E0401", "has no value until `differentiate` has expanded it");
  }
  finish(id);
  return std::nullopt;
}

template <class S>
Status GraphRun<S>::check_indices(const NodePlan& plan) const {
  const Node& node = graph_.node(plan.id);
  for (const IndexCheck& check : plan.checks) {
    const Value operand = node.inputs[check.operand];
    const std::vector<std::int64_t>& indices = tensor(operand).integers;
    const auto bad = std::ranges::find_if(
        indices, [&](std::int64_t index) { return index < 0 || index >= check.extent; });
    if (bad == indices.end()) continue;
    const std::string& name = graph_.value_name(graph_.result(plan.id));
    const bool declared = graph_.is_leaf(operand) || graph_.producer(operand).row->literal;
    return index_error({.node = name.empty() ? node.row->name : name,
                        .indices = declared ? graph_.value_name(operand) : "",
                        .value = *bad,
                        .at = place_of(bad - indices.begin(), graph_.type(operand).shape),
                        .extent = check.extent,
                        .place = graph_.context().origins[node.origin].place});
  }
  return std::nullopt;
}

template <class S>
Status GraphRun<S>::allocate(NodeId id, Value value, Tensor<S>& tensor) {
  return allocate(id, graph_.type(value), plan_.elements[value.id], tensor);
}

template <class S>
Status GraphRun<S>::allocate(NodeId id, const Type& type, std::int64_t elements,
                             Tensor<S>& tensor) {
  const std::size_t each = is_float(type.dtype) ? sizeof(S) : sizeof(std::int64_t);
  const std::int64_t room = std::max<std::int64_t>(options_.max_bytes - bytes_, 0);
  if (elements > room / static_cast<std::int64_t>(each))
    return node_error(id, "E0622",
                      to_string(type) + " does not fit into the " +
                          std::to_string(options_.max_bytes) + " bytes that a run may use");
  const auto count = static_cast<std::size_t>(elements);
  if (is_float(type.dtype))
    tensor.reals.assign(count, S(0.0));
  else
    tensor.integers.assign(count, 0);
  bytes_ += bytes_of(tensor);
  return std::nullopt;
}

template <class S>
void drop_derivatives(Tensor<S>& tensor) {
  for (S& element : tensor.reals) element = S(primal(element));
}

template <class S>
Status GraphRun<S>::compute(NodePlan& plan) {
  const NodeId id = plan.id;
  const Node& node = graph_.node(id);
  // A constant's elements stay where they are stored: it has no expression but for scalars.
  if (node.row->literal) {
    const Value value = graph_.result(id);
    Tensor<S>& result = tensor(value);
    if (auto error = allocate(id, value, result)) return error;
    result = to_tensor<S>(graph_.attrs(node).literal("value"));
    return std::nullopt;
  }
  std::vector<Tensor<S>*> buffers;
  for (const Value value : graph_.operands(node)) buffers.push_back(&tensor(value));
  for (int i = 0; i < node.result_count; ++i) {
    const Value value = graph_.result(id, i);
    if (auto error = allocate(id, value, tensor(value))) return error;
    buffers.push_back(&tensor(value));
  }
  try {
    if (!plan.tape) plan.tape = &state_.plans.tape(graph_, id);
    const Tape& tape = *plan.tape;
    std::vector<Tensor<S>> temporaries(tape.temporaries.size());
    for (std::size_t i = 0; i < temporaries.size(); ++i) {
      const Type& type = tape.temporaries[i];
      if (auto error = allocate(id, type, type.elements(), temporaries[i])) return error;
      buffers.push_back(&temporaries[i]);
    }
    state_.evaluator.run(tape, buffers);
    for (const Tensor<S>& temporary : temporaries) bytes_ -= bytes_of(temporary);
  } catch (const InternalError& fault) {
    throw InternalError(node.row->name + " (node " + std::to_string(id.id) + "): " + fault.what());
  }
  // A row without a gradient rule stops derivatives, stop_gradient above all.
  if (!node.row->grad)
    for (int i = 0; i < node.result_count; ++i) drop_derivatives(tensor(graph_.result(id, i)));
  return std::nullopt;
}

template <class S>
Status GraphRun<S>::nested_too_deeply(NodeId id) const {
  if (depth_ < max_call_depth) return std::nullopt;
  return node_error(id, "E0310", "calls are nested deeper than " + std::to_string(max_call_depth));
}

/// A run of a graph that a node of this one runs.
template <class S>
GraphRun<S> GraphRun<S>::inner(const Graph& body, const InterpretOptions& options) {
  return {body, state_.plans.of_outputs(body), options, state_, depth_ + 1};
}

template <class S>
void GraphRun<S>::set_result(NodeId id, std::size_t position, Tensor<S> value) {
  Tensor<S>& result = tensor(graph_.result(id, static_cast<int>(position)));
  result = std::move(value);
  bytes_ += bytes_of(result);
}

template <class S>
void GraphRun<S>::give_results(NodeId id, std::vector<Tensor<S>> results) {
  for (std::size_t i = 0; i < results.size(); ++i) set_result(id, i, std::move(results[i]));
}

template <class S>
Status GraphRun<S>::call(NodeId id, const Graph& body) {
  if (Status error = nested_too_deeply(id)) return error;
  std::vector<Tensor<S>*> leaves;
  for (const Value value : graph_.operands(id)) leaves.push_back(&tensor(value));
  const InterpretOptions options = options_inside();
  auto results = inner(body, options).run(leaves);
  if (!results) return results.error();
  give_results(id, std::move(*results));
  return std::nullopt;
}

template <class S>
void GraphRun<S>::finish(NodeId id) {
  const Node& node = graph_.node(id);
  for (int i = 0; i < node.result_count; ++i) {
    const Value value = graph_.result(id, i);
    if (options_.watch) options_.watch(value, to_literal(graph_.type(value), tensor(value)));
    if (uses_[value.id] == 0) release(value);
  }
  for (const Value value : graph_.operands(node))
    if (--uses_[value.id] == 0) release(value);
}

template <class S>
void GraphRun<S>::release(Value value) {
  bytes_ -= bytes_of(tensor(value));
  own_[value.id] = {};
}

template <class S>
Tensor<S> to_tensor(const Literal& literal) {
  Tensor<S> tensor;
  const std::int64_t count = literal.type.elements();
  if (is_float(literal.type.dtype)) {
    tensor.reals.reserve(static_cast<std::size_t>(count));
    for (std::int64_t i = 0; i < count; ++i) tensor.reals.emplace_back(literal_real(literal, i));
  } else {
    tensor.integers.reserve(static_cast<std::size_t>(count));
    for (std::int64_t i = 0; i < count; ++i) tensor.integers.push_back(literal_integer(literal, i));
  }
  return tensor;
}

template <class S>
Literal to_literal(const Type& type, const Tensor<S>& tensor) {
  auto bytes = std::make_shared<std::vector<std::byte>>(static_cast<std::size_t>(type.bytes()));
  for (std::int64_t i = 0; i < type.elements(); ++i) {
    const auto at = static_cast<std::size_t>(i);
    if (is_float(type.dtype))
      store_real(type.dtype, bytes->data(), i, primal(tensor.reals[at]));
    else
      store_integer(type.dtype, bytes->data(), i, tensor.integers[at]);
  }
  return {type, std::move(bytes)};
}

template class GraphRun<double>;
template class GraphRun<Dual<double>>;
template class GraphRun<Dual<Dual<double>>>;
template Tensor<double> to_tensor(const Literal&);
template Tensor<Dual<double>> to_tensor(const Literal&);
template Tensor<Dual<Dual<double>>> to_tensor(const Literal&);
template Literal to_literal(const Type&, const Tensor<double>&);
template Literal to_literal(const Type&, const Tensor<Dual<double>>&);
template Literal to_literal(const Type&, const Tensor<Dual<Dual<double>>>&);

} // namespace nnc::interpreter
