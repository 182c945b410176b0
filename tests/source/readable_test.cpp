// Sources are made to be read: what is fused stays short.
#include "compiler/target/c/c_source.h"
#include "compiler/target/cuda/cuda_source.h"
#include "testing/compiled_run.h"

#include <algorithm>

namespace nnc {
namespace {

/// The lines of the function called `name`, with the comment above it.
std::ptrdiff_t lines_of(const std::string& source, const std::string& name) {
  const std::size_t head = source.find("void " + name + "(");
  const std::size_t begin = source.rfind("\n/* ", head), end = source.find("\n}\n", head);
  if (head == std::string::npos || begin == std::string::npos) throw InternalError("no " + name);
  return std::count(source.begin() + static_cast<std::ptrdiff_t>(begin) + 1,
                    source.begin() + static_cast<std::ptrdiff_t>(end) + 3, '\n');
}

TEST(SourceReadable, AChainOfEightOperationsIsAtMost25Lines) {
  test::Program program;
  Builder& b = program.b;
  const Value x = program.input("x", "f32[32,1000]"), y = program.input("y", "f32[32,1000]");
  Value chain = b.add(b.mul(x, y), x);
  for (const char* op : {"tanh", "exp", "sigmoid"}) chain = b.op(op, {chain});
  chain = b.op("maximum", {b.sub(chain, y), b.op("sqrt", {b.op("abs", {x})})});
  program.output("z", b.op("div", {chain, y}));
  ASSERT_FALSE(b.error()) << b.error()->message;
  const KernelProgram kernels = test::compile_to_kernels(program.graph);
  ASSERT_EQ(kernels.kernels.size(), 1u) << "all of it is one kernel";
  const aot::Module module = aot::describe("m", "test", std::span(&kernels, 1));
  const auto c = c_source(module, &program.context, max_bytes);
  const auto cuda = cuda_source(module, &program.context, max_bytes);
  ASSERT_TRUE(c && cuda);
  for (const std::string& source : {c->source, cuda->source})
    EXPECT_LE(lines_of(source, kernels.kernels[0].name), 25) << source;
}

} // namespace
} // namespace nnc
