#include "ir/interpret/graph_run.h"

#include "ir/index_error.h"

#include <algorithm>

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
GraphRun<S>::GraphRun(const Graph& graph, const InterpretOptions& options, TapeCache& cache,
                      int depth)
    : graph_(graph), options_(options), cache_(cache), depth_(depth),
      evaluator_(graph.context().flush_denormals) {}

template <class S>
Result<std::vector<Tensor<S>>> GraphRun<S>::run(std::vector<Tensor<S>> leaves,
                                                std::span<const Value> wanted) {
  count_uses(wanted);
  tensors_.resize(graph_.value_count());
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    bytes_ += bytes_of(leaves[i]);
    tensor(graph_.inputs[i]) = std::move(leaves[i]);
  }
  for (std::uint32_t id = 0; id < graph_.node_count(); ++id)
    if (live_[id])
      if (auto error = run_node(NodeId{id})) return *error;
  std::vector<Tensor<S>> results;
  for (const Value value : wanted) results.push_back(tensor(value));
  return results;
}

template <class S>
void GraphRun<S>::count_uses(std::span<const Value> wanted) {
  live_.assign(graph_.node_count(), false);
  uses_.assign(graph_.value_count(), 0);
  for (const Value value : wanted) {
    live_[graph_.node_of(value).id] = true;
    ++uses_[value.id];
  }
  for (std::uint32_t id = graph_.node_count(); id-- > 0;) {
    if (!live_[id]) continue;
    for (const Value value : graph_.operands(NodeId{id})) {
      live_[graph_.node_of(value).id] = true;
      ++uses_[value.id];
    }
  }
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
Status GraphRun<S>::run_node(NodeId id) {
  const Node& node = graph_.node(id);
  const OpRow& row = *node.row;
  const Value first = graph_.result(id);
  if (graph_.is_leaf(first)) {
    if (options_.watch) options_.watch(first, to_literal(graph_.type(first), tensor(first)));
    return std::nullopt;
  }
  if (row.checks)
    if (auto error = check_indices(id)) return error;
  if (row.element || row.body) {
    if (auto error = compute(id)) return error;
  } else if (row.control) {
    if (auto error = run_control(id, row.control(graph_.attrs(node)))) return error;
  } else if (const int body = attr_position(row, "function"); body >= 0) {
    if (auto error = call(id, *graph_.attrs(node).body("function").graph)) return error;
  } else {
    return node_error(id, "E0401", "has no value until `differentiate` has expanded it");
  }
  finish(id);
  return std::nullopt;
}

template <class S>
Status GraphRun<S>::check_indices(NodeId id) const {
  const Node& node = graph_.node(id);
  std::vector<Type> in, out;
  for (const Value value : graph_.operands(node)) in.push_back(graph_.type(value));
  for (int i = 0; i < node.result_count; ++i) out.push_back(graph_.type(graph_.result(id, i)));
  for (const IndexCheck& check : node.row->checks({in, out, graph_.attrs(node)})) {
    const Value operand = node.inputs[check.operand];
    const std::vector<std::int64_t>& indices = tensors_[operand.id].integers;
    const auto bad = std::ranges::find_if(
        indices, [&](std::int64_t index) { return index < 0 || index >= check.extent; });
    if (bad == indices.end()) continue;
    const std::string& name = graph_.value_name(graph_.result(id));
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
Status GraphRun<S>::allocate(NodeId id, const Type& type, Tensor<S>& tensor) {
  const std::size_t each = is_float(type.dtype) ? sizeof(S) : sizeof(std::int64_t);
  const std::int64_t room = std::max<std::int64_t>(options_.max_bytes - bytes_, 0);
  if (type.elements() > room / static_cast<std::int64_t>(each))
    return node_error(id, "E0622",
                      to_string(type) + " does not fit into the " +
                          std::to_string(options_.max_bytes) + " bytes that a run may use");
  const auto count = static_cast<std::size_t>(type.elements());
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
Status GraphRun<S>::compute(NodeId id) {
  const Node& node = graph_.node(id);
  // A constant's elements stay where they are stored: it has no expression but for scalars.
  if (node.row->literal) {
    Tensor<S>& result = tensor(graph_.result(id));
    if (auto error = allocate(id, graph_.type(graph_.result(id)), result)) return error;
    result = to_tensor<S>(graph_.attrs(node).literal("value"));
    return std::nullopt;
  }
  std::vector<Tensor<S>*> buffers;
  for (const Value value : graph_.operands(node)) buffers.push_back(&tensor(value));
  for (int i = 0; i < node.result_count; ++i) {
    const Value value = graph_.result(id, i);
    if (auto error = allocate(id, graph_.type(value), tensor(value))) return error;
    buffers.push_back(&tensor(value));
  }
  try {
    const Tape& tape = cache_.tape(graph_, id);
    std::vector<Tensor<S>> temporaries(tape.temporaries.size());
    for (std::size_t i = 0; i < temporaries.size(); ++i) {
      if (auto error = allocate(id, tape.temporaries[i], temporaries[i])) return error;
      buffers.push_back(&temporaries[i]);
    }
    evaluator_.run(tape, buffers);
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
Result<std::vector<Tensor<S>>> GraphRun<S>::run_body(NodeId id, const Graph& body,
                                                     std::vector<Tensor<S>> leaves) {
  if (depth_ >= max_call_depth)
    return node_error(id, "E0310",
                      "calls are nested deeper than " + std::to_string(max_call_depth));
  const InterpretOptions options{.max_bytes = options_.max_bytes - bytes_, .watch = {}};
  std::vector<Value> wanted;
  for (const Output& output : body.outputs) wanted.push_back(output.value);
  return GraphRun(body, options, cache_, depth_ + 1).run(std::move(leaves), wanted);
}

template <class S>
void GraphRun<S>::set_result(NodeId id, std::size_t position, Tensor<S> value) {
  Tensor<S>& result = tensor(graph_.result(id, static_cast<int>(position)));
  result = std::move(value);
  bytes_ += bytes_of(result);
}

template <class S>
Status GraphRun<S>::call(NodeId id, const Graph& body) {
  std::vector<Tensor<S>> leaves;
  for (const Value value : graph_.operands(id)) leaves.push_back(tensor(value));
  auto results = run_body(id, body, std::move(leaves));
  if (!results) return results.error();
  for (std::size_t i = 0; i < results->size(); ++i) set_result(id, i, std::move((*results)[i]));
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
  tensor(value) = {};
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
