// Loops and branches in the interpreter.
#include "ir/interpret/graph_run.h"

#include <algorithm>

namespace nnc::interpreter {
namespace {

/// Copies `count` elements of each kind that the tensors hold.
template <class S>
void copy_elements(const Tensor<S>& from, std::size_t first, Tensor<S>& to, std::size_t place,
                   std::size_t count) {
  if (!from.reals.empty())
    std::copy_n(from.reals.begin() + static_cast<std::ptrdiff_t>(first), count,
                to.reals.begin() + static_cast<std::ptrdiff_t>(place));
  if (!from.integers.empty())
    std::copy_n(from.integers.begin() + static_cast<std::ptrdiff_t>(first), count,
                to.integers.begin() + static_cast<std::ptrdiff_t>(place));
}

template <class S>
Tensor<S> slice_of(const Tensor<S>& tensor, std::size_t slice, std::size_t count) {
  Tensor<S> result;
  if (!tensor.reals.empty()) result.reals.resize(count);
  if (!tensor.integers.empty()) result.integers.resize(count);
  copy_elements(tensor, slice * count, result, 0, count);
  return result;
}

std::size_t slice_elements(const Type& type) {
  return type.shape[0] == 0 ? 0 : static_cast<std::size_t>(type.elements() / type.shape[0]);
}

} // namespace

template <class S>
Status GraphRun<S>::run_control(NodeId id, const Control& control) {
  return control.kind == ControlKind::loop ? run_loop(id, control) : run_branch(id, control);
}

template <class S>
Status GraphRun<S>::run_branch(NodeId id, const Control& branch) {
  const auto operands = graph_.operands(id);
  const bool taken = tensor(operands[0]).integers[0] != 0;
  std::vector<Tensor<S>> leaves;
  for (const Value value : operands.subspan(1)) leaves.push_back(tensor(value));
  auto results = run_body(id, taken ? *branch.body : *branch.otherwise, std::move(leaves));
  if (!results) return results.error();
  for (std::size_t i = 0; i < results->size(); ++i) set_result(id, i, std::move((*results)[i]));
  return std::nullopt;
}

template <class S>
Result<bool> GraphRun<S>::holds(NodeId id, const Control& loop,
                                const std::vector<Tensor<S>>& carries) {
  std::vector<Tensor<S>> leaves = carries;
  for (const Value value : loop_operands(graph_, graph_.node(id), loop).with)
    leaves.push_back(tensor(value));
  auto results = run_body(id, *loop.condition, std::move(leaves));
  if (!results) return results.error();
  return (*results)[0].integers[0] != 0;
}

/// How many steps there are at most: those counted, or SIZE_MAX where only the condition ends it.
template <class S>
std::int64_t GraphRun<S>::step_limit(NodeId id, const Control& loop) {
  if (loop.length < 0) return INT64_MAX;
  const Value count = loop_operands(graph_, graph_.node(id), loop).count;
  if (!count.valid()) return loop.length;
  return std::clamp<std::int64_t>(tensor(count).integers[0], 0, loop.length);
}

template <class S>
Status GraphRun<S>::run_loop(NodeId id, const Control& loop) {
  const LoopOperands operands = loop_operands(graph_, graph_.node(id), loop);
  const auto carried = static_cast<std::size_t>(loop.carries);
  const std::size_t results = loop.body->outputs.size();
  std::vector<Tensor<S>> carries;
  for (const Value value : operands.carries) carries.push_back(tensor(value));
  for (std::size_t i = carried; i < results; ++i) {
    const Value result = graph_.result(id, static_cast<int>(i));
    if (auto error = allocate(id, graph_.type(result), tensor(result))) return error;
  }
  const std::int64_t limit = step_limit(id, loop);
  std::int64_t step = 0;
  for (; step < limit; ++step) {
    if (loop.condition) {
      const auto more = holds(id, loop, carries);
      if (!more) return more.error();
      if (!*more) break;
    }
    const auto slice = static_cast<std::size_t>(loop.reverse ? limit - 1 - step : step);
    std::vector<Tensor<S>> leaves = std::move(carries);
    for (const Value value : operands.over)
      leaves.push_back(slice_of(tensor(value), slice, slice_elements(graph_.type(value))));
    for (const Value value : operands.with) leaves.push_back(tensor(value));
    auto made = run_body(id, *loop.body, std::move(leaves));
    if (!made) return made.error();
    for (std::size_t i = carried; i < results; ++i) {
      const Value result = graph_.result(id, static_cast<int>(i));
      const std::size_t count = slice_elements(graph_.type(result));
      copy_elements((*made)[i], 0, tensor(result), slice * count, count);
    }
    made->resize(carried);
    carries = std::move(*made);
  }
  for (std::size_t i = 0; i < carried; ++i) set_result(id, i, std::move(carries[i]));
  if (loop.condition) {
    Tensor<S> steps;
    steps.integers = {step};
    set_result(id, results, std::move(steps));
  }
  return std::nullopt;
}

template Status GraphRun<double>::run_control(NodeId, const Control&);
template Status GraphRun<double>::run_loop(NodeId, const Control&);
template Status GraphRun<double>::run_branch(NodeId, const Control&);
template std::int64_t GraphRun<double>::step_limit(NodeId, const Control&);
template Result<bool> GraphRun<double>::holds(NodeId, const Control&,
                                              const std::vector<Tensor<double>>&);

template Status GraphRun<Dual<double>>::run_control(NodeId, const Control&);
template Status GraphRun<Dual<double>>::run_loop(NodeId, const Control&);
template Status GraphRun<Dual<double>>::run_branch(NodeId, const Control&);
template std::int64_t GraphRun<Dual<double>>::step_limit(NodeId, const Control&);
template Result<bool> GraphRun<Dual<double>>::holds(NodeId, const Control&,
                                                    const std::vector<Tensor<Dual<double>>>&);

template Status GraphRun<Dual<Dual<double>>>::run_control(NodeId, const Control&);
template Status GraphRun<Dual<Dual<double>>>::run_loop(NodeId, const Control&);
template Status GraphRun<Dual<Dual<double>>>::run_branch(NodeId, const Control&);
template std::int64_t GraphRun<Dual<Dual<double>>>::step_limit(NodeId, const Control&);
template Result<bool>
GraphRun<Dual<Dual<double>>>::holds(NodeId, const Control&,
                                    const std::vector<Tensor<Dual<Dual<double>>>>&);

} // namespace nnc::interpreter
