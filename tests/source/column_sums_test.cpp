// Rows that go in runs, which add up sums of their own (ir/kernel/runs.h), in C and in CUDA.
#include "ir/kernel/runs.h"
#include "source/source_module.h"
#include "testing/compiled_run.h"

#include <gtest/gtest.h>

namespace nnc {
namespace {

class SourceColumnSums : public testing::TestWithParam<const Language*> {};

/// 4 bytes a product of rows and columns is more than what stays in a near cache.
TEST_P(SourceColumnSums, AreThoseOfTheInterpreter) {
  for (const Shape& shape : {Shape{404, 200}, Shape{403, 170}}) { // the last run is shorter
    test::Program p;
    Builder& b = p.b;
    const std::string type = to_string(Type{DType::f32, shape});
    const Value x = p.input("x", type), c = p.input("c", type);
    const Value mean = b.mul(b.sum(x, {1}), 1.0 / static_cast<double>(shape[1]));
    const Value y = b.sub(x, b.broadcast(mean, shape, {0}));
    p.output("z", b.mul(b.mul(y, b.broadcast(b.sum(b.mul(y, y), {1}), shape, {0})), c));
    p.output("gs", b.sum(b.mul(y, c), {0}));
    p.output("gt", b.sum(c, {0}));
    const KernelProgram program = test::compile_to_kernels(p.graph);
    EXPECT_TRUE(std::ranges::any_of(program.kernels,
                                    [](const Kernel& each) { return run_length(each) > 1; }));
    const auto module = SourceModule::make(*GetParam(), {program});
    ASSERT_TRUE(module) << module.error().message;
    const auto inputs = test::random_inputs(p.graph, 1);
    const auto want = interpret(p.graph, inputs);
    const auto got = module->call(0, inputs);
    ASSERT_TRUE(want) << want.error().message;
    ASSERT_TRUE(got) << got.error().message;
    for (std::size_t i = 0; i < want->size(); ++i)
      test::expect_near((*got)[i], (*want)[i], 64, 256, p.graph.outputs[i].name);
  }
}

INSTANTIATE_TEST_SUITE_P(In, SourceColumnSums, testing::ValuesIn(languages),
                         [](const auto& info) { return std::string(info.param->name); });

} // namespace
} // namespace nnc
