// Many seeds of one derivative: all at once, or some at a time.
//
// What one sweep computes for one seed is rebuilt for a batch of them by the batch rules of its
// rows (ir/batching.h), and so is its memory. Where that may not be, the batch is the body of a
// loop over chunks of the seeds; how many at a time the node that asks says
// (compiler/seeds/limits.h).
#pragma once

#include "ir/builder.h"

#include <utility>

namespace nnc {

/// Cotangents, and the names of what they are cotangents of.
using CotangentNames = std::vector<std::pair<Value, TextId>>;

/// What is computed for one seed, in b's graph, and the seeds that it is wanted for.
struct SeedSweep {
  Value seed;
  std::span<const std::uint32_t> nodes; ///< ascending; all that depends on the seed is among them
  std::span<const Value> results;
  Value seeds;            ///< what is to be put in the place of `seed`, with an axis in front
  std::int64_t chunk = 0; ///< so many at a time; 0: all at once
  bool summed = false;    ///< sums over all seeds are wanted
};

/// The results for all seeds: each with an axis in front, or summed up. What does not depend on the
/// seed is computed once. `cotangents` are among the values of the nodes, and become those for all
/// seeds; what is in a loop is given its name here and leaves the list.
std::vector<Value> run_seeds(Builder& b, const SeedSweep& sweep, CotangentNames& cotangents);

} // namespace nnc
