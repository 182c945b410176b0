#include "runtime/thread_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

namespace nnc {
namespace {

struct Counts {
  std::vector<std::atomic<int>> runs;
  explicit Counts(std::size_t n) : runs(n) {}
};

void count_piece(void* data, std::int64_t index) {
  ++static_cast<Counts*>(data)->runs[static_cast<std::size_t>(index)];
}

TEST(ThreadPool, RunsEveryPieceOnce) {
  for (const int threads : {1, 2, 3, 8}) {
    ThreadPool pool(threads);
    for (const std::int64_t count : {0, 1, 2, 7, 64, 1000}) {
      Counts counts(static_cast<std::size_t>(count));
      for (int repeat = 0; repeat < 20; ++repeat) pool.parallel_for(count_piece, &counts, count);
      for (const auto& runs : counts.runs) EXPECT_EQ(runs, 20) << threads << " " << count;
    }
  }
}

TEST(ThreadPool, WakesAfterSleep) {
  ThreadPool pool(3);
  Counts counts(5);
  pool.parallel_for(count_piece, &counts, 5);
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  pool.host()->parallel_for(pool.host()->context, count_piece, &counts, 5);
  for (const auto& runs : counts.runs) EXPECT_EQ(runs, 2);
}

} // namespace
} // namespace nnc
