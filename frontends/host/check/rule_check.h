// The gradient rule of one node by itself: what it makes of random cotangents, against dual
// numbers, at the values that the operands had.
#pragma once

#include "ir/graph.h"

#include <optional>

namespace nnc {

/// A rule that disagrees with dual numbers.
struct WrongRule {
  NodeId node;
  int operand = 0;
  std::int64_t element = -1;  ///< of the operand, where the row is element-wise
  double rule = 0, duals = 0; ///< the derivative there, else along a random direction
};

/// The first node of a graph in f64 between `variable` and its outputs whose rule is wrong at this
/// point; nullopt when each is right by itself.
Result<std::optional<WrongRule>> find_wrong_rule(const Graph& graph,
                                                 std::span<const Literal> inputs, Value variable,
                                                 double tolerance);

} // namespace nnc
