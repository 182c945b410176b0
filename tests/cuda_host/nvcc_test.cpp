// The sources that the emulation runs are CUDA: nvcc takes them, where there is one.
#include "places.h"
#include "testing/process.h"

#include <gtest/gtest.h>

namespace nnc::cuda_host_test {
namespace {

TEST(CudaHostNvcc, TakesTheSameSources) {
  const cli_test::Folder folder;
  if (!cli_test::has_program("nvcc")) GTEST_SKIP() << "no nvcc on this machine";
  for (const char* source : {"vectors", "products", "tensor_cores", "faulty"}) {
    const auto outcome =
        cli_test::run_program({"nvcc", "-std=c++17", "-O3", "-arch=sm_80", "-c",
                               std::string(NNC_TESTS "/cuda_host/kernels/") + source + ".cu", "-o",
                               folder / (std::string(source) + ".o")});
    EXPECT_EQ(outcome.code, 0) << source << outcome.err;
    EXPECT_EQ(outcome.err, "") << source;
  }
}

} // namespace
} // namespace nnc::cuda_host_test
