// CPU = interpreter over every sample: integers and moved elements to the bit, floats within the
// bounds of each kind of op.

#include "ir/interpret/interpreter.h"
#include "laws/compiled_module.h"
#include "testing/checked.h"
#include "testing/compare.h"
#include "testing/samples.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace nnc {
namespace {

/// The same op on magnitudes: what bounds the rounding of a sum.
std::vector<Literal> magnitudes(Context& context, const OpRow& row, const SampleCase& sample) {
  std::vector<Literal> inputs;
  std::vector<Type> types;
  for (const Literal& literal : sample.in) {
    types.push_back(literal.type);
    inputs.push_back(is_float(literal.type.dtype) ? magnitude(literal) : literal);
  }
  const auto graph = sample_graph(context, row, sample.attrs, types);
  return checked(interpret(*graph, inputs));
}

bool sums(const OpRow& row) {
  return row.name == "sum" || row.name == "prod" || row.name == "dot" || row.name == "fold" ||
         row.name == "cumsum";
}

std::string check_case(Context& context, const OpRow& row, const SampleCase& sample,
                       std::span<const Literal> got, std::span<const Literal> want) {
  std::string wrong;
  std::vector<Literal> scale;
  if (sums(row) && is_float(sample.in[0].type.dtype)) scale = magnitudes(context, row, sample);
  for (std::size_t i = 0; i < got.size(); ++i) {
    const Allowed allowed =
        scale.empty() ? allowed_units(row) : allowed_sum(sample.in[0].type.elements(), scale[i]);
    wrong += difference(got[i], want[i], allowed);
  }
  if (!wrong.empty()) wrong = fmt::format("{} '{}': {}\n", row.name, sample.name, wrong);
  return wrong;
}

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
    EXPECT_EQ(check_case(context, row, batch.cases[i], std::span(*got).subspan(from, count),
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
