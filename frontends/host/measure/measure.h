// How long calls of a compiled function take, and what they do.
#pragma once

#include "frontends/host/session.h"

namespace nnc {

struct MeasureOptions {
  double warm_up = 0.2;         ///< seconds of calls that do not count
  double seconds = 3;           ///< at least so long
  std::int64_t iterations = 10; ///< and at least so often
};

struct Measurement {
  std::int64_t iterations = 0;
  double minimum = 0, median = 0, p90 = 0, p99 = 0; ///< microseconds of one call, over samples
  double flop = 0;                                  ///< arithmetic operations of one call
  double bytes = 0; ///< of tensors that kernels read and write in one call, each once per kernel
  std::int64_t memory = 0; ///< bytes of arguments and workspace
  std::int64_t kernels = 0;

  double gflop_per_second() const { return flop / (median * 1e3); }
  double gbyte_per_second() const { return bytes / (median * 1e3); }
};

/// Calls `function` with these inputs, one call after the other; params and state move on. Where a
/// call is shorter than a few microseconds, a sample is the mean of several. `stop` ends it early,
/// with what was measured so far.
Result<Measurement> measure(
    Function& function, std::span<const Tensor> inputs, const MeasureOptions& options = {},
    const std::function<bool()>& stop = [] { return false; });

} // namespace nnc
