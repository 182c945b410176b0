// Source = interpreter over every sample of every row: integers and moved elements to the bit,
// floats within the bounds of each kind of op.
#include "ir/interpret/interpreter.h"
#include "source/source_module.h"
#include "testing/compiled_run.h"
#include "testing/sample_difference.h"

#include <gtest/gtest.h>

namespace nnc {
namespace {

class SourceSamples : public testing::TestWithParam<const Language*> {};

/// All rows in one file, since a compiler takes longer to start than to compile one.
TEST_P(SourceSamples, AgreeWithTheInterpreter) {
  const OpTable table = standard_ops();
  Context context(table);
  context.flush_denormals = false;
  std::vector<SampleBatch> batches;
  std::vector<KernelProgram> programs;
  for (const std::string& name : computing_rows()) {
    batches.push_back(sample_batch(context, table.at(name)));
    programs.push_back(test::compile_to_kernels(*batches.back().graph));
  }
  const auto module = SourceModule::make(*GetParam(), std::move(programs));
  ASSERT_TRUE(module) << module.error().message;
  for (std::size_t b = 0; b < batches.size(); ++b) {
    const SampleBatch& batch = batches[b];
    const OpRow& row = table.at(batch.cases.at(0).op);
    SCOPED_TRACE(row.name);
    const auto want = interpret(*batch.graph, batch.inputs);
    ASSERT_TRUE(want) << want.error().message;
    const auto got = module->call(b, batch.inputs);
    ASSERT_TRUE(got) << got.error().message;
    for (std::size_t i = 0; i < batch.cases.size(); ++i) {
      const std::size_t from = batch.first_output[i], count = batch.cases[i].out.size();
      EXPECT_EQ(sample_difference(context, row, batch.cases[i],
                                  std::span(*got).subspan(from, count),
                                  std::span(*want).subspan(from, count)),
                "");
    }
  }
}

INSTANTIATE_TEST_SUITE_P(In, SourceSamples, testing::ValuesIn(languages),
                         [](const auto& info) { return std::string(info.param->name); });

} // namespace
} // namespace nnc
