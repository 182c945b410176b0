// The operands of a `grad` node: what is differentiated, its cotangent if one is given, and the
// variables, in this order. The one place that knows it.
#pragma once

#include "ir/builder.h"

namespace nnc {

struct GradOperands {
  Value of;
  Value seed; ///< of the type of `of`; invalid = 1, for a scalar `of`
  std::span<const Value> wrt;
  bool batched = false;   ///< the seed has an axis in front, and the gradients have
  bool forward = false;   ///< of a pullback, for its cotangent: forward mode
  std::int64_t chunk = 0; ///< of a batch: so many seeds at a time; 0 = all at once
};

bool is_grad(const Graph& graph, const Node& node);
/// Does a live node ask for a derivative? Those in bodies do not count.
bool has_derivatives(const Graph& graph);
/// Of a node whose row is `grad`. The span stays valid as long as the graph.
GradOperands grad_operands(const Graph& graph, const Node& node);

/// The gradient of `of` for each variable; empty after an error (see Builder).
std::vector<Value> build_grad(Builder& b, const GradOperands& operands);

} // namespace nnc
