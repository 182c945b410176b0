// What this machine can do at most, measured: multiplications and additions in registers, and
// copies in memory.
#pragma once

#include "runtime/thread_pool.h"

#include <utility>
#include <vector>

namespace nnc {

class MachineLimit {
public:
  /// For code that runs on `threads` threads of `pool`, which is null for one.
  explicit MachineLimit(ThreadPool* pool = nullptr, int threads = 1);

  /// f32, with a multiplication and an addition in each lane and cycle; f64 has half of it.
  double gflop_per_second() const { return gflop_per_second_; }
  /// Of a copy that reads and writes `bytes` in all, again and again: from the cache that they fit
  /// into.
  double gbyte_per_second(double bytes);
  /// Microseconds that no kernel with so much to do can stay below.
  double microseconds(double flop, double bytes, bool wide);

private:
  ThreadPool* pool_;
  int threads_;
  double gflop_per_second_ = 0;
  std::vector<std::pair<int, double>> copies_; ///< by the binary logarithm of the bytes
};

} // namespace nnc
