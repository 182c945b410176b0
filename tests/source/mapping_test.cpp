// How kernels are shared out among the blocks of a device, by what the emulated device counts.
#include "source/source_module.h"
#include "testing/compiled_run.h"

#include <cstring>
#include <limits>

namespace nnc {
namespace {

struct OnDevice {
  test::Program program;
  std::vector<Literal> inputs = {}, want = {}, got = {};
  std::optional<SourceModule> module = {};
  std::string kernel = {}; ///< the only one

  void run(std::vector<Literal> values) {
    ASSERT_FALSE(program.b.error()) << program.b.error()->message;
    inputs = std::move(values);
    const auto reference = interpret(program.graph, inputs);
    ASSERT_TRUE(reference) << reference.error().message;
    want = *reference;
    KernelProgram kernels = test::compile_to_kernels(program.graph);
    ASSERT_EQ(kernels.kernels.size(), 1u);
    kernel = kernels.kernels[0].name;
    std::vector<KernelProgram> programs;
    programs.push_back(std::move(kernels));
    auto made = SourceModule::make(cuda::language(), std::move(programs));
    ASSERT_TRUE(made) << made.error().message;
    module.emplace(std::move(*made));
    const auto results = module->call(0, inputs);
    ASSERT_TRUE(results) << results.error().message;
    got = *results;
  }
};

TEST(SourceMapping, PositionsAreFoundByBlocks) {
  for (const bool largest : {true, false}) {
    OnDevice on;
    const Value x = on.program.input("x", "f32[5,1000]");
    on.program.output(
        "at", on.program.b.op(largest ? "argmax" : "argmin", {x}, {{"axis", std::int64_t{1}}}));
    std::vector<float> values(5000);
    for (std::size_t i = 0; i < values.size(); ++i)
      values[i] = static_cast<float>((i * 7919) % 100); // many are equal
    const float limit = std::numeric_limits<float>::infinity();
    values[1400] = values[1900] = std::numeric_limits<float>::quiet_NaN();
    std::fill(values.begin() + 2000, values.begin() + 3000, largest ? -limit : limit);
    values[3999] = largest ? limit : -limit;
    std::vector<std::byte> bytes(values.size() * sizeof(float));
    std::memcpy(bytes.data(), values.data(), bytes.size());
    on.run({{{DType::f32, {5, 1000}}, std::make_shared<const std::vector<std::byte>>(bytes)}});
    ASSERT_FALSE(HasFatalFailure());
    EXPECT_EQ(*on.got[0].bytes, *on.want[0].bytes);
    const auto counters = on.module->counters(on.kernel.c_str());
    EXPECT_EQ(counters.blocks, 5u);
    EXPECT_EQ(counters.threads, 5u * 256);
    EXPECT_EQ(counters.global_loads.sectors, 5000u * 4 / 32);
  }
}

} // namespace
} // namespace nnc
