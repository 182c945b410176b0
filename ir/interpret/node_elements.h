// Single elements of one node's results: their values, and the elements of operands that they are
// computed from.
#pragma once

#include "ir/interpret/evaluate.h"
#include "ir/interpret/tape_cache.h"

#include <optional>

namespace nnc::interpreter {

/// An operand that stands twice is told of as the first.
struct ElementRead {
  int operand = 0;
  std::int64_t element = 0; ///< row-major
};

struct TracedElement {
  double value = 0;
  std::vector<ElementRead> reads; ///< in order; those that a guard keeps away are not among them
};

class NodeElements {
public:
  /// Of a node whose row has `element`; `operands` are the values of its operands. The graph and
  /// the cache stay with the caller.
  NodeElements(const Graph& graph, NodeId id, std::span<const Literal> operands, TapeCache& cache);

  /// Whether a node can be looked at so: the results of other rows depend on each other.
  static bool possible(const Graph& graph, NodeId id);

  TracedElement at(int result, std::int64_t element);
  /// Other values for one operand.
  void replace(int operand, const Literal& value);

private:
  const Tape& tape_;
  Evaluator<double> evaluator_;
  std::vector<Tensor<double>> operands_;
};

} // namespace nnc::interpreter
