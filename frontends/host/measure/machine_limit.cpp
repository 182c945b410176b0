#include "frontends/host/measure/machine_limit.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <functional>
#include <immintrin.h>

namespace nnc {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::int64_t rounds = 4096;
constexpr int accumulators = 12; ///< enough to hide the latency of an FMA on every x86-64

volatile float sink = 0; ///< what is stored here must be computed

// Each runs `rounds` times 12 multiply-adds of whole vectors.
__attribute__((target("avx512f"))) void multiply_add_512() {
  __m512 sums[accumulators];
  const __m512 factor = _mm512_set1_ps(0.999f), term = _mm512_set1_ps(0.001f);
  for (__m512& sum : sums) sum = factor;
  for (std::int64_t i = 0; i < rounds; ++i)
    for (__m512& sum : sums) sum = _mm512_fmadd_ps(sum, factor, term);
  for (const __m512& sum : sums) sink = _mm512_cvtss_f32(sum);
}

__attribute__((target("avx2,fma"))) void multiply_add_256() {
  __m256 sums[accumulators];
  const __m256 factor = _mm256_set1_ps(0.999f), term = _mm256_set1_ps(0.001f);
  for (__m256& sum : sums) sum = factor;
  for (std::int64_t i = 0; i < rounds; ++i)
    for (__m256& sum : sums) sum = _mm256_fmadd_ps(sum, factor, term);
  for (const __m256& sum : sums) sink = _mm256_cvtss_f32(sum);
}

/// Seconds of the fastest of some runs, by all threads at once.
double fastest(ThreadPool* pool, int threads, const std::function<void(std::int64_t)>& run) {
  const auto piece = [](void* data, std::int64_t index) {
    (*static_cast<const std::function<void(std::int64_t)>*>(data))(index);
  };
  double best = INFINITY;
  const auto begin = Clock::now();
  for (int i = 0; i < 5 || Clock::now() - begin < std::chrono::milliseconds(5); ++i) {
    const auto start = Clock::now();
    auto* data = const_cast<void*>(static_cast<const void*>(&run));
    if (pool)
      pool->parallel_for(piece, data, threads);
    else
      run(0);
    best = std::min(best, std::chrono::duration<double>(Clock::now() - start).count());
  }
  return best;
}

} // namespace

MachineLimit::MachineLimit(ThreadPool* pool, int threads) : pool_(pool), threads_(threads) {
  const bool wide = __builtin_cpu_supports("avx512f") != 0;
  constexpr int repeats = 16; // so long that handing out pieces does not count
  const double seconds = fastest(pool_, threads_, [&](std::int64_t) {
    for (int i = 0; i < repeats; ++i) wide ? multiply_add_512() : multiply_add_256();
  });
  const double flop = 2.0 * (wide ? 16 : 8) * accumulators * static_cast<double>(rounds);
  gflop_per_second_ = flop * repeats * threads_ / seconds * 1e-9;
}

double MachineLimit::gbyte_per_second(double bytes) {
  const int size = std::clamp(static_cast<int>(std::ceil(std::log2(std::max(bytes, 1.0)))), 12, 28);
  const auto known = std::ranges::find(copies_, size, [](const auto& one) { return one.first; });
  if (known != copies_.end()) return known->second;
  // Half of the bytes are read and half written, by each thread its share.
  const std::size_t share = (std::size_t{1} << (size - 1)) / static_cast<std::size_t>(threads_);
  std::vector<char> from(share * static_cast<std::size_t>(threads_), 1), to(from.size());
  const int repeats = std::max(1, 1 << std::max(0, 18 - size));
  const double seconds = fastest(pool_, threads_, [&](std::int64_t index) {
    const std::size_t at = static_cast<std::size_t>(index) * share;
    for (int i = 0; i < repeats; ++i) {
      std::memcpy(to.data() + at, from.data() + at, share);
      sink = static_cast<float>(to[at]);
    }
  });
  const double speed = 2.0 * static_cast<double>(from.size()) * repeats / seconds * 1e-9;
  copies_.emplace_back(size, speed);
  return speed;
}

double MachineLimit::microseconds(double flop, double bytes, bool wide) {
  const double arithmetic = flop / (gflop_per_second_ * (wide ? 0.5 : 1)) * 1e-3;
  return std::max(arithmetic, bytes / gbyte_per_second(bytes) * 1e-3);
}

} // namespace nnc
