// Each fault of a kernel is found, under every order of its threads, and named with its place.
#include "cuda_host/library.h"

#include <array>
#include <regex>

namespace nnc::cuda_host_test {
namespace {

using cuda_host::Fault;

struct FaultyKernel {
  const char* name;
  Fault fault;
  const char* text;    ///< of a report, as a regular expression; the place in code follows
  const char* error;   ///< what the launch ends with
  bool always = false; ///< found in libraries that are not checked as well
};

const std::array faulty = {
    FaultyKernel{
        "no_barrier", Fault::race,
        R"(no_barrier: block \(0,0,0\), thread \(\d+,0,0\): reads 4 bytes at staged\+\d+, )"
        R"(which thread \(\d+,0,0\) wrote with no barrier between)",
        "cudaSuccess"},
    FaultyKernel{"no_warp_barrier", Fault::race,
                 R"(no_warp_barrier: .*: reads 4 bytes at staged\+\d+, which thread \(\d+,0,0\) )"
                 R"(wrote with no barrier between)",
                 "cudaSuccess"},
    FaultyKernel{"blocks_meet", Fault::race,
                 R"(blocks_meet: block \([01],0,0\), thread \(0,0,0\): writes 4 bytes at x\+0, )"
                 R"(which block \([01],0,0\) wrote in the same launch)",
                 "cudaSuccess"},
    FaultyKernel{"atomic_and_plain", Fault::race,
                 R"(atomic_and_plain: .*: (writes|atomically updates) 4 bytes at x\+0, )"
                 R"(which thread .* wrote with no barrier between)",
                 "cudaSuccess"},
    FaultyKernel{"past_the_end", Fault::out_of_bounds,
                 R"(past_the_end: block \(0,0,0\), thread \(64,0,0\): writes 4 bytes at x\+256, )"
                 R"(past its 256 bytes)",
                 "cudaErrorIllegalAddress"},
    FaultyKernel{"past_the_dynamic", Fault::out_of_bounds,
                 R"(past_the_dynamic: block \(0,0,0\), thread \(63,0,0\): writes 4 bytes at )"
                 R"(dynamic_shared\+252, outside of the block's memory)",
                 "cudaErrorIllegalAddress"},
    FaultyKernel{"past_the_row", Fault::out_of_bounds,
                 R"(past_the_row: block \(0,0,0\), thread \(\d,0,0\): index \d+ of an array )"
                 R"('float \[8\]' \(faulty.cu:\d+\))",
                 "cudaErrorIllegalAddress"},
    FaultyKernel{"no_buffer", Fault::out_of_bounds,
                 R"(no_buffer: .*: reads 4 bytes at 0x[0-9a-f]+, which is no device memory)",
                 "cudaErrorIllegalAddress"},
    FaultyKernel{"misaligned", Fault::misaligned,
                 R"(misaligned: block \(0,0,0\), thread \(\d,0,0\): writes 16 bytes at x\+\d+, )"
                 R"(no multiple of its size)",
                 "cudaErrorMisalignedAddress"},
    FaultyKernel{"unwritten_shared", Fault::uninitialised,
                 R"(unwritten_shared: block \(0,0,0\), thread \(9,0,0\): reads 4 bytes at )"
                 R"(staged\+36, which nobody has written)",
                 "cudaSuccess"},
    FaultyKernel{"some_return", Fault::divergence,
                 R"(some_return: .*: waits at __syncthreads \(faulty.cu:\d+\) for thread )"
                 R"(\(17,0,0\), which has returned)",
                 "cudaErrorLaunchFailure", true},
    FaultyKernel{"wait_elsewhere", Fault::divergence,
                 R"(wait_elsewhere: .*: waits at __syncthreads \(faulty.cu:\d+\), thread )"
                 R"(\(\d+,0,0\) at another \(faulty.cu:\d+\))",
                 "cudaErrorLaunchFailure", true},
    FaultyKernel{"half_a_warp", Fault::divergence,
                 R"(half_a_warp: .*thread \(0,0,0\): waits at __shfl_down_sync \(faulty.cu:\d+\) )"
                 R"(with mask 0xffffffff for thread \(16,0,0\), which waits at __syncthreads.*)",
                 "cudaErrorLaunchFailure", true},
    FaultyKernel{"not_in_mask", Fault::mask,
                 R"(not_in_mask: .*thread \(31,0,0\): __shfl_sync \(faulty.cu:\d+\): lane 31 is )"
                 R"(not in its mask 0x7fffffff)",
                 "cudaErrorLaunchFailure", true},
    FaultyKernel{"from_none", Fault::mask,
                 R"(from_none: .*: __shfl_sync \(faulty.cu:\d+\): takes the value of lane 20, )"
                 R"(which gives none)",
                 "cudaSuccess", true},
    // The upper lanes go on without the lower ones, which then have nobody to take from.
    FaultyKernel{"two_masks", Fault::mask,
                 R"(two_masks: .*: __shfl_sync \(faulty.cu:\d+\): takes the value of lane 16, )"
                 R"(which gives none)",
                 "cudaSuccess", true},
    FaultyKernel{"much_shared", Fault::configuration,
                 R"(much_shared: 49156 bytes of dynamic shared memory beside 0 of arrays; )"
                 R"(without cudaFuncSetAttribute a device takes 49152)",
                 "cudaErrorInvalidConfiguration", true},
    FaultyKernel{"large_block", Fault::configuration,
                 R"(large_block: a block of 1025 x 1 x 1 threads; .*)",
                 "cudaErrorInvalidConfiguration", true},
    FaultyKernel{"high_grid", Fault::configuration,
                 R"(high_grid: a grid of 1 x 65536 x 1 blocks; .*)",
                 "cudaErrorInvalidConfiguration", true},
};

/// Whether a report has the fault and the text, followed by nothing or a place in code.
bool reported(const Library& library, const FaultyKernel& kernel) {
  const std::regex text(std::string(kernel.text) + R"(( \[(faulty\.so\+0x[0-9a-f]+|line \d+)\])?)");
  for (std::size_t i = 0; i < library.emulation().report_count(); ++i) {
    const auto report = library.emulation().report(i);
    if (report.fault == kernel.fault && std::regex_match(report.text, text)) return true;
  }
  return false;
}

/// Runs one kernel on 64 numbers, a host's array in the place of a second.
void run(const Library& library, const FaultyKernel& kernel, int seed) {
  SCOPED_TRACE(std::string(kernel.name) + ", seed " + std::to_string(seed));
  library.emulation().reset();
  library.emulation().set_seed(static_cast<std::uint64_t>(seed));
  const DeviceArray<float> x(library, scattered(64), "x");
  const std::vector<float> of_host(64);
  library.call((std::string("launch_") + kernel.name).c_str(), x.get(), of_host.data(), 64);
  EXPECT_TRUE(reported(library, kernel)) << library.reports();
  EXPECT_EQ(library.error(), kernel.error);
}

TEST(CudaHostFaults, AreFoundUnderEverySeed) {
  const Library checked("faulty", Mode::checked), fast("faulty", Mode::fast);
  for (const FaultyKernel& kernel : faulty)
    for (const int seed : {1, 2, 3, 4}) {
      run(checked, kernel, seed);
      if (kernel.always) run(fast, kernel, seed);
    }
}

TEST(CudaHostFaults, MemoryThatNobodyWroteAndMemoryThatIsFreed) {
  const Library library("faulty", Mode::checked);
  const DeviceArray<float> x(library, scattered(64), "x");
  const float* freed = nullptr;
  {
    const DeviceArray<float> y(library, 64, "y");
    ASSERT_EQ(library.call("launch_unwritten", x.get(), y.read(), 0), 0);
    freed = y.read();
  }
  ASSERT_EQ(library.call("launch_no_buffer", x.get(), freed, 0), 0);
  const std::regex text(R"(unwritten: .*: reads 4 bytes at y\+\d+, which nobody has written.*\n)"
                        R"(no_buffer: .*: reads 4 bytes at y\+\d+, which is freed.*\n)");
  EXPECT_TRUE(std::regex_match(library.reports(), text)) << library.reports();
}

TEST(CudaHostFaults, WhatIsAllowedAfterAllIsNone) {
  const Library library("faulty", Mode::checked);
  const DeviceArray<float> x(library, scattered(64));
  const DeviceArray<float> y(library, scattered(64));
  ASSERT_EQ(library.call("launch_more_shared", x.get(), y.read(), 64), 0);
  ASSERT_EQ(library.call("launch_no_buffer", x.get(), y.read(), 64), 0);
  EXPECT_EQ(library.reports(), "");
  EXPECT_EQ(x.values()[5], y.values()[5]);
}

TEST(CudaHostFaults, ChecksCanBeTurnedOff) {
  const Library library("faulty", Mode::checked);
  const DeviceArray<float> x(library, scattered(64)), y(library, 64);
  EXPECT_FALSE(library.emulation().set_checks(false));
  ASSERT_EQ(library.call("launch_no_barrier", x.get(), y.read(), 0), 0);
  EXPECT_TRUE(library.emulation().set_checks(true));
  ASSERT_EQ(library.call("launch_unwritten", x.get(), y.read(), 0), 0);
  EXPECT_EQ(library.reports(), ""); // y may have been written meanwhile
}

} // namespace
} // namespace nnc::cuda_host_test
