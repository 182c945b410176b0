// How many seeds of derivatives are taken at a time (compiler/seeds/chunks.h).
//
// What a number of seeds takes is known when `plan` has laid out what it comes to, so that is what
// decides: numbers are tried, by halves, through all steps up to `plan`. All at once is best where
// it fits; one seed at a time is tried next, so that a limit is refused only if it is too small for
// that, and then the largest number that fits is found by bisection. So a larger limit is never
// refused where a smaller one is not, and a search has few tries: 6 for 2,000 seeds.
//
// Sums over seeds, of which no row is wanted, need no limit of the user's to take some at a time:
// the workspace is to stay small, as far as one seed at a time does.
#pragma once

#include "compiler/pipeline.h"

#include <functional>

namespace nnc {

/// Of more seeds than this, sums take some at a time where the workspace would be larger than
/// `workspace_of_sums`, or than twice what one at a time needs.
inline constexpr std::int64_t few_seeds = 16;
inline constexpr std::int64_t workspace_of_sums = 1'000'000;

/// What came of one number of seeds at a time.
struct SeedTry {
  Graph asked;                        ///< before `differentiate`
  std::optional<PipelineResult> made; ///< nothing where `plan` cannot lay it out at all
  std::int64_t workspace = max_bytes, call = max_bytes; ///< bytes, with the scratch of kernels
};

/// Runs the steps from `differentiate` to `plan`, without a limit.
using TrySeeds = std::function<SeedTry(Graph asked)>;

/// The try to go on with. What it takes may be more than `max_memory` where all tries do; then it
/// is of those the one that takes least.
SeedTry choose_seeds(Graph graph, std::int64_t max_memory, const TrySeeds& try_seeds);

} // namespace nnc
