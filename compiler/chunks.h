// Many seeds of one derivative, some at a time.
//
// All rows of a Jacobian are one backward sweep for a batch of seeds (compiler/differentiate.h),
// and so is its memory. Where a call may not take as much, the sweep is the body of a loop over
// chunks of the seeds; how many at a time is the attribute `chunk` of the `grad` node.
#pragma once

#include "ir/builder.h"

namespace nnc {

/// Seeds that a derivative in the graph, or in a body, takes at a time, at most; 0 without any.
std::int64_t most_seeds(const Graph& graph);
/// The graph with derivatives that take `most` seeds at a time, at most.
Graph limit_seeds(const Graph& graph, std::int64_t most);

/// A sweep for one seed, in b's graph.
struct SeedSweep {
  Value seed;
  std::span<const std::uint32_t> nodes; ///< ascending; all that depends on the seed is among them
  std::span<const Value> results;
  Value seeds; ///< what is to be put in the place of `seed`, with an axis in front
  std::int64_t chunk = 0;
  /// Cotangents among the values of `nodes`, and the names of what they are cotangents of.
  std::span<const std::pair<Value, TextId>> cotangents = {};
};

/// The results for all seeds, each with an axis in front: a loop over chunks of them. What does
/// not depend on the seed is computed once, before it.
std::vector<Value> sweep_in_chunks(Builder& b, const SeedSweep& sweep);

} // namespace nnc
