#include "runtime/thread_pool.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

namespace nnc {
namespace {

constexpr auto spin_time = std::chrono::milliseconds(2);

void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

using Piece = void (*)(void*, std::int64_t);

} // namespace

/// A job is announced by a new `ticket`: its number in the upper half, the pieces nobody has taken
/// yet in the lower. Whoever takes a piece does so by lowering the ticket that it read, so a thread
/// that comes late, or sleeps through a job, finds nothing to take and need not be waited for. The
/// job's fields stay as they are until every taken piece is done.
struct ThreadPool::State {
  alignas(64) std::atomic<std::uint64_t> ticket{0};
  alignas(64) std::atomic<std::int64_t> done{0};
  Piece piece = nullptr;
  void* data = nullptr;
  alignas(64) std::atomic<int> sleeping{0};
  std::atomic<bool> stop{false};
  std::mutex mutex;
  std::condition_variable wake;
  std::vector<std::thread> threads;
  nnc_host host{};

  static std::uint64_t job(std::uint64_t ticket) { return ticket >> 32; }

  void take_pieces() {
    std::uint64_t current = ticket.load();
    while (const auto left = static_cast<std::uint32_t>(current)) {
      if (!ticket.compare_exchange_weak(current, current - 1)) continue;
      piece(data, left - 1);
      done.fetch_add(1);
      current = ticket.load();
    }
  }

  /// Waits until there is another job than `seen`.
  void wait_for_job(std::uint64_t seen) {
    const auto start = std::chrono::steady_clock::now();
    for (int spins = 1;; ++spins) {
      if (job(ticket.load()) != seen || stop.load()) return;
      pause();
      if (spins % 256 == 0 && std::chrono::steady_clock::now() - start > spin_time) break;
    }
    std::unique_lock lock(mutex);
    sleeping.fetch_add(1);
    wake.wait(lock, [&] { return job(ticket.load()) != seen || stop.load(); });
    sleeping.fetch_sub(1);
  }

  void work() {
    for (std::uint64_t seen = 0;;) {
      wait_for_job(seen);
      if (stop.load()) return;
      seen = job(ticket.load());
      take_pieces();
    }
  }
};

ThreadPool::ThreadPool(int threads) : state_(std::make_unique<State>()) {
  State& state = *state_;
  state.host = {this, [](void* context, Piece piece, void* data, std::int64_t count) {
                  static_cast<ThreadPool*>(context)->parallel_for(piece, data, count);
                }};
  for (int i = 1; i < threads; ++i) state.threads.emplace_back([&state] { state.work(); });
}

ThreadPool::~ThreadPool() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stop.store(true);
  }
  state_->wake.notify_all();
  for (std::thread& thread : state_->threads) thread.join();
}

const nnc_host* ThreadPool::host() const { return &state_->host; }

void ThreadPool::parallel_for(Piece piece, void* data, std::int64_t count) {
  State& state = *state_;
  if (state.threads.empty() || count <= 1 || count > UINT32_MAX) {
    for (std::int64_t i = 0; i < count; ++i) piece(data, i);
    return;
  }
  state.piece = piece;
  state.data = data;
  state.done.store(0);
  state.ticket.store(((State::job(state.ticket.load()) + 1) << 32) |
                     static_cast<std::uint64_t>(count));
  if (state.sleeping.load() > 0) {
    { const std::lock_guard lock(state.mutex); }
    state.wake.notify_all();
  }
  state.take_pieces();
  for (int spins = 1; state.done.load() < count; ++spins)
    spins % 1024 ? pause() : std::this_thread::yield();
}

} // namespace nnc
