// The operands of the nodes that `differentiate` expands: a derivative, and the sum of one over
// many seeds. The one place that knows them.
#pragma once

#include "ir/builder.h"

namespace nnc {

/// Of `grad`: what is differentiated, its cotangent if one is given, and the variables.
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

/// Of `sum_over_seeds`: what is summed up, the value in it that stands for a seed, and the seeds.
struct SeedSumOperands {
  Value of;
  Value seed;             ///< a `cut` that nothing else reads
  Value seeds;            ///< of its type, with an axis in front
  std::int64_t chunk = 0; ///< so many seeds at a time; 0 = all at once
};

bool is_seed_sum(const Graph& graph, const Node& node);
/// Of a node whose row is `sum_over_seeds`.
SeedSumOperands seed_sum_operands(const Graph& graph, const Node& node);
/// Of the type of `of`; invalid after an error (see Builder).
Value build_seed_sum(Builder& b, const SeedSumOperands& operands);

} // namespace nnc
