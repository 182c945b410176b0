// CPU = interpreter over every sample: integers and moved elements to the bit, floats within the
// bounds of each kind of op.

#include "ir/interpret/interpreter.h"
#include "laws/compiled_module.h"
#include "testing/sample_difference.h"

#include <gtest/gtest.h>

namespace nnc {
namespace {

/// A row, and the CPU that it is compiled for: AVX-512 where this machine has it, and AVX2.
using RowOnCpu = std::tuple<std::string, std::string>;
class CompiledSamples : public testing::TestWithParam<RowOnCpu> {};

TEST_P(CompiledSamples, AgreeWithTheInterpreter) {
  const OpTable table = standard_ops();
  const OpRow& row = table.at(std::get<0>(GetParam()));
  Context context(table);
  const SampleBatch batch = sample_batch(context, row);
  const auto want = interpret(*batch.graph, batch.inputs);
  ASSERT_TRUE(want) << want.error().message;
  auto program = kernels_of(*batch.graph);
  ASSERT_TRUE(program);
  std::vector<KernelProgram> programs;
  programs.push_back(std::move(*program));
  const auto module = CompiledModule::make(std::move(programs), std::get<1>(GetParam()));
  ASSERT_TRUE(module) << module.error().message;
  const auto got = module->call(0, batch.inputs);
  ASSERT_TRUE(got) << got.error().message;
  for (std::size_t i = 0; i < batch.cases.size(); ++i) {
    const std::size_t from = batch.first_output[i], count = batch.cases[i].out.size();
    EXPECT_EQ(sample_difference(context, row, batch.cases[i], std::span(*got).subspan(from, count),
                                std::span(*want).subspan(from, count)),
              "");
  }
}

INSTANTIATE_TEST_SUITE_P(Rows, CompiledSamples,
                         testing::Combine(testing::ValuesIn(computing_rows()),
                                          testing::Values("host", "x86-64-v3")),
                         [](const auto& info) {
                           return std::get<0>(info.param) +
                                  (std::get<1>(info.param) == "host" ? "" : "_avx2");
                         });

} // namespace
} // namespace nnc
