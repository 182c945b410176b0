// One pass over the live nodes of a graph in id order, for one kind of float.
#pragma once

#include "ir/interpret/evaluate.h"
#include "ir/interpret/interpreter.h"
#include "ir/interpret/run_plan.h"

namespace nnc::interpreter {

/// What a run of a graph and those of the graphs in it share.
template <class S>
struct RunState {
  explicit RunState(bool flush) : evaluator(flush) {}
  Evaluator<S> evaluator;
  PlanCache plans;
  std::int64_t steps = 0; ///< of loops
};

template <class S>
class GraphRun {
public:
  /// All stay with the caller.
  GraphRun(const Graph& graph, RunPlan& plan, const InterpretOptions& options, RunState<S>& state,
           int depth = 0);
  /// Tensors are pointed at. They stay where they are when their vector is moved, not in a copy.
  GraphRun(GraphRun&&) noexcept = default;
  GraphRun(const GraphRun&) = delete;
  GraphRun& operator=(const GraphRun&) = delete;
  GraphRun& operator=(GraphRun&&) = delete;
  ~GraphRun() = default;

  /// The values that the plan wants. `leaves` has one tensor per graph input; they stay as they
  /// are, and may be tensors of another run. May be called again and again.
  Result<std::vector<Tensor<S>>> run(std::span<Tensor<S>* const> leaves);

private:
  Status run_node(NodePlan& plan);
  Status check_indices(const NodePlan& plan) const;
  Status call(NodeId id, const Graph& body);
  GraphRun<S> inner(const Graph& body, const InterpretOptions& options);
  Status nested_too_deeply(NodeId id) const;
  void give_results(NodeId id, std::vector<Tensor<S>> results);
  void set_result(NodeId id, std::size_t position, Tensor<S> value);
  std::vector<Tensor<S>> take_wanted();

  // control_run.cpp
  Status run_control(NodeId id, const Control& control);
  Status run_loop(NodeId id, const Control& loop);
  Status run_branch(NodeId id, const Control& branch);
  Result<std::int64_t> run_steps(NodeId id, const Control& loop, std::vector<Tensor<S>>& carries);
  std::int64_t step_limit(NodeId id, const Control& loop);
  void stack(NodeId id, const Control& loop, const std::vector<Tensor<S>>& made, std::size_t slice);
  Status allocate(NodeId id, Value value, Tensor<S>& tensor);
  Status allocate(NodeId id, const Type& type, std::int64_t elements, Tensor<S>& tensor);
  Status compute(NodePlan& plan);
  void finish(NodeId id);
  void release(Value value);
  std::size_t slice_elements(Value value) const;
  Error node_error(NodeId id, std::string code, std::string message) const;
  Tensor<S>& tensor(Value value) const { return *tensors_[value.id]; }
  InterpretOptions options_inside() const {
    return {.max_bytes = options_.max_bytes - bytes_, .watch = {}};
  }

  const Graph& graph_;
  RunPlan& plan_;
  const InterpretOptions& options_;
  RunState<S>& state_;
  int depth_;
  std::vector<Tensor<S>> own_;      ///< by value, of nodes; emptied after the last use
  std::vector<Tensor<S>*> tensors_; ///< by value: its own, or the leaf that was given
  std::vector<std::uint32_t> uses_; ///< by value, still to come
  std::int64_t bytes_ = 0;
};

/// Elements of a literal, with no derivative, and back.
template <class S>
Tensor<S> to_tensor(const Literal& literal);
template <class S>
Literal to_literal(const Type& type, const Tensor<S>& tensor);

extern template class GraphRun<double>;
extern template class GraphRun<Dual<double>>;
extern template class GraphRun<Dual<Dual<double>>>;

} // namespace nnc::interpreter
