// A launch that runs: blocks one after another, the threads of a block as fibres in a random order.
#pragma once

#include "fibre.h"
#include "report.h"
#include "shadow.h"
#include "symbols.h"
#include "traffic.h"

#include "../warp_functions.h"

#include <array>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace nnc::cuda_host {

/// Bytes of dynamic shared memory that a block may have: those of compute capability 9.0.
constexpr std::size_t most_shared = 227 << 10;

/// Random bits from a seed (splitmix64).
class Random {
public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  /// Less than `end`.
  std::uint32_t below(std::uint32_t end);

private:
  std::uint64_t state_;
};

/// What the lanes of a mask do together once all are there; `payloads` are null outside of it.
using Together = void (*)(const std::array<void*, 32>& payloads);

enum class State : std::uint8_t { ready, at_barrier, in_exchange, returned };

/// Bytes on their way to shared memory.
struct PendingCopy {
  void* to;
  std::array<unsigned char, 16> bytes;
  std::uint8_t size;
};

struct Thread {
  uint3 index{};
  unsigned number = 0;          ///< in its block
  const Stack* stack = nullptr; ///< once it has begun
  void* context = nullptr;
  State state = State::ready;
  Place place{};      ///< where it waits
  bool holds = false; ///< what it brings to a barrier
  // What it brings to an exchange.
  unsigned mask = 0;
  Together together = nullptr;
  const char* what = nullptr;
  void* payload = nullptr;
  // What it knows of its warp, as Moment has it.
  std::uint32_t clock = 1;
  std::array<std::uint32_t, 32> known{};
  // Copies in groups: those of open_copies are not committed.
  std::vector<std::vector<PendingCopy>> copy_groups;
  std::vector<PendingCopy> open_copies;
};

class Execution {
public:
  Execution();

  /// Runs all blocks of a launch that is known to be allowed.
  cudaError_t run(const Launch& launch, std::uint64_t seed);

  // For threads that run.
  Thread& current() { return *current_; }
  int barrier(Count count, bool holds, Place place);
  /// Waits for the lanes of `mask`, the last of which calls `together` for all.
  void exchange(unsigned mask, const char* what, Together together, void* payload, Place place);
  void warp_barrier(unsigned mask, Place place);
  /// The warp's lanes that have not returned.
  unsigned live_lanes(unsigned warp) const;
  unsigned lane() const { return current_->number % 32; }
  Moment moment() const;
  Counters& counters() { return *counters_; }
  WarpTraffic& traffic() { return traffic_[current_->number / 32]; }
  const Range& shared() const { return shared_; }
  /// Whether dynamic shared memory of the launch, or a static array, holds an access.
  bool in_shared(std::uintptr_t address, std::size_t bytes) const;
  bool on_other_stack(std::uintptr_t address) const;
  Shadow& shared_shadow();
  bool watched() const { return watched_; }

  /// Reports for the current thread: the kernel, block and thread stand before the text.
  void report(Fault fault, std::uintptr_t place, const std::string& text) const;
  /// Ends the launch; does not return to the thread.
  [[noreturn]] void abandon(cudaError_t error);
  std::string thread_text(unsigned number) const;
  std::string block_of(Interval interval) const;

private:
  static void run_thread();
  cudaError_t run_block(uint3 block);
  void begin_block(uint3 block);
  void start_threads();
  void resume(Thread& thread);
  void leave();
  void release_barrier();
  void join_clocks(unsigned warp, unsigned mask);
  bool complete_exchange(const Thread& of);
  void after_return(const Thread& thread);
  void forget_clocks();
  void make_ready(Thread& thread);
  void find_static_arrays();
  void poison_shared() const;
  void report_stuck();
  std::string waiting_text(const Thread& thread) const;
  void count_traffic();

  const Launch* launch_ = nullptr;
  std::string kernel_;
  Counters* counters_ = nullptr;
  Random random_{0};
  std::vector<Thread> threads_;
  std::vector<std::unique_ptr<Stack>> stacks_;
  std::vector<const Stack*> free_stacks_;
  std::vector<unsigned> ready_;
  std::vector<WarpTraffic> traffic_;
  unsigned thread_count_ = 0, waiting_ = 0, returned_ = 0;
  int barrier_sum_ = 0;       ///< threads of the last barrier for which its condition holds
  bool clocks_moved_ = false; ///< since the last barrier
  Thread* current_ = nullptr;
  void* scheduler_ = nullptr; ///< its context while a thread runs
  cudaError_t error_ = cudaSuccess;
  bool watched_ = false;
  Range shared_, dynamic_;
  std::vector<Range> static_arrays_; ///< that the kernel may use
  std::set<std::string> kernels_;    ///< mangled, that were launched
  std::unique_ptr<Shadow> shared_shadow_;
  uint3 block_{};
  Interval last_interval_ = host_interval, launch_begin_ = 0, block_begin_ = 0;
  std::vector<std::pair<Interval, uint3>> blocks_; ///< when each began, where watched
};

/// The launch that runs, or null.
Execution* running();
/// The launch that runs and is watched, or null.
extern Execution* watched_execution;

/// Whether the library is checked, and whether it shall be now.
struct Checks {
  bool instrumented = false, on = true;
};
Checks& checks();

} // namespace nnc::cuda_host
