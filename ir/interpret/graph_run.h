// One pass over the live nodes of a graph in id order, for one kind of float.
#pragma once

#include "ir/control.h"
#include "ir/interpret/evaluate.h"
#include "ir/interpret/interpreter.h"
#include "ir/interpret/tape_cache.h"

namespace nnc::interpreter {

template <class S>
class GraphRun {
public:
  GraphRun(const Graph& graph, const InterpretOptions& options, TapeCache& cache, int depth = 0);

  /// `leaves` has one tensor per graph input.
  Result<std::vector<Tensor<S>>> run(std::vector<Tensor<S>> leaves, std::span<const Value> wanted);

private:
  void count_uses(std::span<const Value> wanted);
  Status run_node(NodeId id);
  Status check_indices(NodeId id) const;
  Status call(NodeId id, const Graph& body);
  Result<std::vector<Tensor<S>>> run_body(NodeId id, const Graph& body,
                                          std::vector<Tensor<S>> leaves);
  void set_result(NodeId id, std::size_t position, Tensor<S> value);

  // control_run.cpp
  Status run_control(NodeId id, const Control& control);
  Status run_loop(NodeId id, const Control& loop);
  Status run_branch(NodeId id, const Control& branch);
  Result<bool> holds(NodeId id, const Control& loop, const std::vector<Tensor<S>>& carries);
  std::int64_t step_limit(NodeId id, const Control& loop);
  Status allocate(NodeId id, const Type& type, Tensor<S>& tensor);
  Status compute(NodeId id);
  void finish(NodeId id);
  void release(Value value);
  Error node_error(NodeId id, std::string code, std::string message) const;
  Tensor<S>& tensor(Value value) { return tensors_[value.id]; }

  const Graph& graph_;
  const InterpretOptions& options_;
  TapeCache& cache_;
  int depth_;
  Evaluator<S> evaluator_;
  std::vector<Tensor<S>> tensors_;  ///< by value; emptied after the last use
  std::vector<std::uint32_t> uses_; ///< by value, still to come
  std::vector<bool> live_;          ///< by node
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
