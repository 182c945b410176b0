// Kernels that are right have the right results under every order of their threads, and no report.
#include "cuda_host/library.h"

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <functional>

namespace nnc::cuda_host_test {
namespace {

constexpr std::array seeds = {1, 2, 3, 77};

/// Runs a test on a source both fast and checked, with every seed; no report may come.
void with_all(const std::string& source, const std::function<void(const Library&)>& test) {
  for (const Mode mode : {Mode::fast, Mode::checked}) {
    const Library library(source, mode);
    for (const int seed : seeds) {
      library.emulation().set_seed(static_cast<std::uint64_t>(seed));
      test(library);
    }
    EXPECT_EQ(library.reports(), "");
    EXPECT_EQ(library.error(), "cudaSuccess");
  }
}

TEST(CudaHost, AddsVectorsByLaunchAndByGraph) {
  constexpr std::size_t n = 1000;
  const auto a = scattered(n), b = scattered(n, 5);
  with_all("vectors", [&](const Library& library) {
    const DeviceArray<float> of_a(library, a), of_b(library, b), sum(library, n);
    ASSERT_EQ(library.call("launch_add", of_a.read(), of_b.read(), sum.get(), 250,
                           static_cast<void*>(nullptr)),
              0);
    const auto once = sum.values();
    ASSERT_EQ(library.call("add_by_graph", of_a.read(), of_b.read(), sum.get(), 250, 3), 0);
    const auto thrice = sum.values();
    for (std::size_t i = 0; i < n; ++i) {
      EXPECT_EQ(once[i], a[i] + b[i]) << i;
      EXPECT_EQ(thrice[i], a[i] + b[i] + b[i] + b[i]) << i;
    }
  });
}

TEST(CudaHost, ReducesRowsWithShufflesAndSharedMemory) {
  constexpr std::size_t rows = 3, columns = 1000;
  std::vector<float> x(rows * columns);
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i % 97);
  with_all("vectors", [&](const Library& library) {
    const DeviceArray<float> of_x(library, x);
    for (const int threads : {32, 256, 1024}) {
      const DeviceArray<double> sums(library, rows);
      ASSERT_EQ(library.call("launch_row_sums", of_x.read(), sums.get(), 3, 1000, threads), 0);
      const auto result = sums.values();
      for (std::size_t row = 0; row < rows; ++row) {
        double sum = 0;
        for (std::size_t i = 0; i < columns; ++i) sum += static_cast<double>(x[row * columns + i]);
        EXPECT_EQ(result[row], sum) << threads; // integers: in any order
      }
    }
  });
}

TEST(CudaHost, CountsWithAtomics) {
  std::vector<unsigned char> values(5000);
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<unsigned char>(i * i % 50);
  with_all("vectors", [&](const Library& library) {
    const DeviceArray<unsigned char> of_values(library, values);
    const DeviceArray<unsigned> counts(library, std::vector<unsigned>(50, 0));
    ASSERT_EQ(library.call("launch_histogram", of_values.read(), counts.get(), 5000, 50), 0);
    const auto result = counts.values();
    for (std::size_t bin = 0; bin < 50; ++bin)
      EXPECT_EQ(result[bin], std::count(values.begin(), values.end(), bin)) << bin;
  });
}

TEST(CudaHost, WarpsTakeTurnsAndVote) {
  std::vector<int> from(64);
  for (int i = 0; i < 64; ++i) from[static_cast<std::size_t>(i)] = i;
  with_all("vectors", [&](const Library& library) {
    const DeviceArray<int> of_from(library, from), to(library, 64);
    ASSERT_EQ(library.call("launch_turn_warps", of_from.read(), to.get()), 0);
    const DeviceArray<unsigned> votes(library, 64);
    ASSERT_EQ(library.call("launch_votes", votes.get()), 0);
    const auto turned = to.values();
    const auto voted = votes.values();
    for (unsigned i = 0; i < 64; ++i) {
      EXPECT_EQ(turned[i], static_cast<int>(i / 32 * 32 + (i + 3) % 32));
      const unsigned lane = i % 32, low = lane < 16 ? 1 : 0;
      const unsigned even = low ? 0x5555U : 0x55550000U, up = lane % 16 == 0 ? lane : lane - 1;
      EXPECT_EQ(voted[i], even ^ low << 16 ^ low << 17 ^ up << 20 ^ (lane / 16 * 16) << 25 ^ 32U);
    }
  });
}

TEST(CudaHost, BytesOfAWordAreThreadsOwn) {
  std::vector<unsigned char> from(64);
  for (unsigned i = 0; i < 64; ++i) from[i] = static_cast<unsigned char>(3 * i);
  with_all("vectors", [&](const Library& library) {
    const DeviceArray<unsigned char> of_from(library, from), to(library, 64);
    ASSERT_EQ(library.call("launch_reverse_bytes", of_from.read(), to.get()), 0);
    EXPECT_EQ(to.values(), std::vector<unsigned char>(from.rbegin(), from.rend()));
  });
}

std::vector<unsigned> order_of_threads(const Library& library) {
  const DeviceArray<unsigned> count(library, std::vector<unsigned>(1, 0)), order(library, 160);
  EXPECT_EQ(library.call("launch_order_of_threads", count.get(), order.get()), 0);
  return order.values();
}

TEST(CudaHost, MemoryGoesWithItsLibrary) {
  void* page = nullptr;
  {
    const Library library("vectors", Mode::fast);
    page = DeviceArray<float>(library, 1000).get();
    EXPECT_EQ(msync(page, 4096, MS_ASYNC), 0);
  }
  EXPECT_EQ(msync(page, 4096, MS_ASYNC), -1);
  EXPECT_EQ(errno, ENOMEM);
}

TEST(CudaHost, TheSeedSetsTheOrder) {
  const Library library("vectors", Mode::fast);
  const auto first = order_of_threads(library);
  library.emulation().set_seed(9);
  const auto other = order_of_threads(library);
  library.emulation().set_seed(1);
  EXPECT_EQ(order_of_threads(library), first);
  EXPECT_NE(other, first);
  auto sorted = other;
  std::sort(sorted.begin(), sorted.end());
  EXPECT_NE(sorted, other);
  for (unsigned i = 0; i < 160; ++i) EXPECT_EQ(sorted[i], i);
}

/// Row-major n x n, the sums over k in order, fused.
std::vector<float> product(const std::vector<float>& a, const std::vector<float>& b,
                           std::size_t n) {
  std::vector<float> c(n * n);
  for (std::size_t row = 0; row < n; ++row)
    for (std::size_t column = 0; column < n; ++column)
      for (std::size_t k = 0; k < n; ++k)
        c[row * n + column] = std::fma(a[row * n + k], b[k * n + column], c[row * n + column]);
  return c;
}

TEST(CudaHost, MultipliesByTiles) {
  constexpr std::size_t n = 64;
  const auto a = scattered(n * n), b = scattered(n * n, 9), expected = product(a, b, n);
  with_all("products", [&](const Library& library) {
    const DeviceArray<float> of_a(library, a), of_b(library, b);
    for (const int stride : {32, 33}) {
      const DeviceArray<float> c(library, n * n);
      ASSERT_EQ(library.call("launch_product", of_a.read(), of_b.read(), c.get(), 64, stride), 0);
      EXPECT_EQ(c.values(), expected);
    }
    const DeviceArray<float> c(library, n * n);
    ASSERT_EQ(library.call("launch_wide_product", of_a.read(), of_b.read(), c.get(), 64), 0);
    EXPECT_EQ(c.values(), expected);
  });
}

} // namespace
} // namespace nnc::cuda_host_test
