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

} // namespace

/// Of a value whose axis 0 a loop goes over.
template <class S>
std::size_t GraphRun<S>::slice_elements(Value value) const {
  const std::int64_t slices = graph_.type(value).shape[0];
  return slices == 0 ? 0 : static_cast<std::size_t>(plan_.elements[value.id] / slices);
}

template <class S>
Status GraphRun<S>::run_control(NodeId id, const Control& control) {
  return control.kind == ControlKind::loop ? run_loop(id, control) : run_branch(id, control);
}

template <class S>
Status GraphRun<S>::run_branch(NodeId id, const Control& branch) {
  if (Status error = nested_too_deeply(id)) return error;
  const auto operands = graph_.operands(id);
  const bool taken = tensor(operands[0]).integers[0] != 0;
  std::vector<Tensor<S>*> leaves;
  for (const Value value : operands.subspan(1)) leaves.push_back(&tensor(value));
  const InterpretOptions options = options_inside();
  auto results = inner(taken ? *branch.body : *branch.otherwise, options).run(leaves);
  if (!results) return results.error();
  give_results(id, std::move(*results));
  return std::nullopt;
}

/// How many steps there are at most: those counted, or INT64_MAX where only the condition ends it.
template <class S>
std::int64_t GraphRun<S>::step_limit(NodeId id, const Control& loop) {
  if (loop.length < 0) return INT64_MAX;
  const Value count = loop_operands(graph_, graph_.node(id), loop).count;
  if (!count.valid()) return loop.length;
  return std::clamp<std::int64_t>(tensor(count).integers[0], 0, loop.length);
}

/// What a step stacks, put in its place.
template <class S>
void GraphRun<S>::stack(NodeId id, const Control& loop, const std::vector<Tensor<S>>& made,
                        std::size_t slice) {
  for (auto i = static_cast<std::size_t>(loop.carries); i < made.size(); ++i) {
    const Value result = graph_.result(id, static_cast<int>(i));
    const std::size_t count = slice_elements(result);
    copy_elements(made[i], 0, tensor(result), slice * count, count);
  }
}

/// All steps, from `carries` to the last ones; how many there were.
template <class S>
Result<std::int64_t> GraphRun<S>::run_steps(NodeId id, const Control& loop,
                                            std::vector<Tensor<S>>& carries) {
  const LoopOperands operands = loop_operands(graph_, graph_.node(id), loop);
  const InterpretOptions options = options_inside();
  GraphRun<S> body = inner(*loop.body, options);
  std::optional<GraphRun<S>> condition;
  if (loop.condition) condition.emplace(inner(*loop.condition, options));
  std::vector<Tensor<S>> slices(operands.over.size());
  std::vector<Tensor<S>*> leaves, asked; // the carries stay in their places
  for (Tensor<S>& carry : carries) leaves.push_back(&carry);
  asked = leaves;
  for (Tensor<S>& slice : slices) leaves.push_back(&slice);
  for (const Value value : operands.with)
    for (auto* list : {&leaves, &asked}) list->push_back(&tensor(value));
  const std::int64_t limit = step_limit(id, loop);
  std::int64_t step = 0;
  for (; step < limit; ++step) {
    if (condition) {
      const auto more = condition->run(asked);
      if (!more) return more.error();
      if ((*more)[0].integers[0] == 0) break;
    }
    const auto slice = static_cast<std::size_t>(loop.reverse ? limit - 1 - step : step);
    for (std::size_t i = 0; i < slices.size(); ++i)
      slices[i] = slice_of(tensor(operands.over[i]), slice, slice_elements(operands.over[i]));
    auto made = body.run(leaves);
    if (!made) return made.error();
    stack(id, loop, *made, slice);
    std::move(made->begin(), made->begin() + loop.carries, carries.begin());
    ++state_.steps;
  }
  return step;
}

template <class S>
Status GraphRun<S>::run_loop(NodeId id, const Control& loop) {
  if (Status error = nested_too_deeply(id)) return error;
  const std::size_t results = loop.body->outputs.size();
  std::vector<Tensor<S>> carries;
  for (const Value value : loop_operands(graph_, graph_.node(id), loop).carries)
    carries.push_back(tensor(value));
  for (auto i = static_cast<std::size_t>(loop.carries); i < results; ++i) {
    const Value result = graph_.result(id, static_cast<int>(i));
    if (auto error = allocate(id, result, tensor(result))) return error;
  }
  const auto steps = run_steps(id, loop, carries);
  if (!steps) return steps.error();
  give_results(id, std::move(carries));
  if (loop.condition) {
    Tensor<S> count;
    count.integers = {*steps};
    set_result(id, results, std::move(count));
  }
  return std::nullopt;
}

template class GraphRun<double>;
template class GraphRun<Dual<double>>;
template class GraphRun<Dual<Dual<double>>>;

} // namespace nnc::interpreter
