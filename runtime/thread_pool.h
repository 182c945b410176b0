// Threads that run the pieces of large kernels. Between kernels they spin for a short while, since
// waking a sleeping thread costs more than most kernels take; then they sleep.
#pragma once

#include "runtime/nnc_host.h"

#include <memory>

namespace nnc {

class ThreadPool {
public:
  /// `threads` in all, the caller's included; at least 1.
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  /// Runs piece(data, i) for i in 0..count-1 and returns when all are done; which thread takes
  /// which piece is open. One caller at a time.
  void parallel_for(void (*piece)(void* data, std::int64_t index), void* data, std::int64_t count);
  /// This pool as compiled functions see it.
  const nnc_host* host() const;

private:
  struct State;
  std::unique_ptr<State> state_;
};

} // namespace nnc
