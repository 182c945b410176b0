// Where the time of a call goes, kernel by kernel.
#pragma once

#include "frontends/host/measure/machine_limit.h"
#include "frontends/host/session.h"

namespace nnc {

/// Of a kernel, or of an outermost loop or branch with all that is in it.
struct KernelTime {
  std::string name;
  std::string what;           ///< form, size and what it stores
  double microseconds = 0;    ///< median over calls, entering it not counted
  double flop = 0, bytes = 0; ///< as in Measurement
  double limit = 0;           ///< microseconds that the machine needs at least
};

struct KernelTimes {
  std::vector<KernelTime> kernels; ///< in the order in which they run
  double entry = 0;                ///< microseconds of a call that does nothing

  double sum() const; ///< of the kernels
};

struct KernelMeasureOptions {
  std::string cpu = "host";
  ThreadPool* pool = nullptr;
  int threads = 1;
  double seconds = 1;
  std::int64_t iterations = 10; ///< at least
};

/// Runs the kernels of a compiled function one by one, in order, again and again, and reads the
/// clock between them: each finds the caches as the one before it left them. `inputs` as in
/// `measure`; params and state of the session move on.
Result<KernelTimes> measure_kernels(
    Session& session, const Function& function, std::span<const Tensor> inputs,
    const KernelMeasureOptions& options = {},
    const std::function<bool()>& stop = [] { return false; });

} // namespace nnc
