// What a checked library counts is what the kernel's indices say.
#include "cuda_host/library.h"

namespace nnc::cuda_host_test {
namespace {

cuda_host::Counters run_product(const Library& library, const char* launch, const char* kernel,
                                std::size_t n, int stride) {
  const DeviceArray<float> a(library, scattered(n * n)), b(library, scattered(n * n, 3));
  const DeviceArray<float> c(library, n * n);
  library.emulation().reset();
  EXPECT_EQ(library.call(launch, a.read(), b.read(), c.get(), static_cast<int>(n), stride), 0);
  EXPECT_EQ(library.reports(), "");
  return library.emulation().counters(kernel);
}

/// Tiles of 32 x 32, a thread an element: what must be so whatever the stride of the tile.
void expect_traffic_of_tiles(const cuda_host::Counters& counters, std::uint64_t n) {
  const std::uint64_t tiles = n / 32, blocks = tiles * tiles, steps = blocks * tiles;
  EXPECT_EQ(counters.launches, 1U);
  EXPECT_EQ(counters.blocks, blocks);
  EXPECT_EQ(counters.threads, blocks * 1024);
  EXPECT_EQ(counters.barriers, steps * 2);
  EXPECT_EQ(counters.global_loads.requests, steps * 2 * 32);
  EXPECT_EQ(counters.global_loads.bytes, steps * 2 * 1024 * 4);
  EXPECT_EQ(counters.global_loads.sectors, steps * 2 * 32 * 4);
  EXPECT_EQ(counters.global_loads.wide, 0U);
  EXPECT_EQ(counters.global_stores.requests, blocks * 32);
  EXPECT_EQ(counters.global_stores.sectors, blocks * 32 * 4);
  EXPECT_EQ(counters.shared_stores.requests, steps * 2 * 32);
  EXPECT_EQ(counters.shared_loads.requests, steps * 32 * 32 * 2);
}

TEST(CudaHostTraffic, PaddedTilesHaveNoConflicts) {
  const Library library("products", Mode::checked);
  for (const std::size_t n : {std::size_t{64}, std::size_t{96}}) {
    const auto counters = run_product(library, "launch_product", "product<33>", n, 33);
    expect_traffic_of_tiles(counters, n);
    EXPECT_EQ(counters.shared_loads.conflicts, 0U);
    EXPECT_EQ(counters.shared_stores.conflicts, 0U);
    EXPECT_EQ(counters.shared_loads.wavefronts, counters.shared_loads.requests);
  }
}

// Half of the loads and half of the stores go down a column: 32 rows of one bank.
TEST(CudaHostTraffic, ColumnsOfUnpaddedTilesConflict) {
  const Library library("products", Mode::checked);
  const auto counters = run_product(library, "launch_product", "product<32>", 64, 32);
  expect_traffic_of_tiles(counters, 64);
  EXPECT_EQ(counters.shared_loads.conflicts, counters.shared_loads.requests / 2 * 31);
  EXPECT_EQ(counters.shared_stores.conflicts, counters.shared_stores.requests / 2 * 31);
}

// A warp has four rows of eight lanes, 16 bytes each; what it loads of `a` is one word a row.
TEST(CudaHostTraffic, WideAccessesAreOneRequest) {
  const Library library("products", Mode::checked);
  const std::uint64_t n = 64, tiles = n / 32, blocks = tiles * tiles, steps = blocks * tiles;
  const auto counters = run_product(library, "launch_wide_product", "wide_product", n, 0);
  EXPECT_EQ(counters.global_loads.wide, steps * 8);
  EXPECT_EQ(counters.global_loads.requests, steps * 8 + steps * 8 * 32);
  EXPECT_EQ(counters.global_loads.sectors, steps * 8 * 16 + steps * 8 * 32 * 4);
  EXPECT_EQ(counters.global_stores.wide, blocks * 8);
  EXPECT_EQ(counters.shared_stores.wide, steps * 8);
  EXPECT_EQ(counters.shared_stores.wavefronts, steps * 8 * 4);
  EXPECT_EQ(counters.shared_loads.wide, steps * 8 * 32);
  EXPECT_EQ(counters.shared_loads.conflicts, 0U);
}

TEST(CudaHostTraffic, FastLibrariesCountLaunchesAlone) {
  const Library library("products", Mode::fast);
  const auto counters = run_product(library, "launch_product", "product<33>", 64, 33);
  EXPECT_EQ(counters.blocks, 4U);
  EXPECT_EQ(counters.global_loads.requests, 0U);
}

} // namespace
} // namespace nnc::cuda_host_test
