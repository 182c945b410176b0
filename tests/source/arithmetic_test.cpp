// The compiler of a C source decides nothing about its numbers: they are the same to the bit with
// and without fused multiply-adds, whoever compiles it, and it is refused where they would not be.
#include "source/source_module.h"
#include "testing/compiled_run.h"
#include "testing/process.h"

namespace nnc::test {
namespace {

using Words = std::vector<std::string>;

/// Sums and differences of products, in one expression and in reductions, and functions that are
/// polynomials with the roundings of their own: what contraction would change.
void build(Program& program) {
  Builder& b = program.b;
  for (const std::string dtype : {"f32", "f64"}) {
    const Value x = program.input("x." + dtype, dtype + "[1000]");
    const Value y = program.input("y." + dtype, dtype + "[1000]");
    const Value product = b.mul(x, y);
    program.output("sum." + dtype, b.add(product, y));
    program.output("difference." + dtype, b.sub(b.mul(x, x), b.mul(y, y)));
    program.output("rest." + dtype, b.sub(y, product));
    for (const char* function : {"exp", "expm1", "log1p", "tanh", "sigmoid", "softplus", "sin",
                                 "erf", "erfc", "lgamma", "rsqrt"})
      program.output(function + ("." + dtype), b.op(function, {x}));
    const Value w = program.input("w." + dtype, dtype + "[20,30]");
    const Value v = program.input("v." + dtype, dtype + "[30,17]");
    const Value rows = b.dot(w, v, {{}, {}}, {{1}, {0}});
    program.output("dot." + dtype, b.add(b.mul(rows, rows), rows));
    program.output("norm." + dtype, b.sum(b.sub(b.mul(w, w), w), {1}));
  }
}

/// The position of the first element whose bits differ, where not both are NaN.
std::optional<std::int64_t> first_difference(const Literal& a, const Literal& b) {
  const std::size_t size = dtype_size(a.type.dtype);
  for (std::int64_t i = 0; i < a.type.elements(); ++i) {
    const auto at = static_cast<std::size_t>(i) * size;
    if (std::equal(a.bytes->begin() + static_cast<std::ptrdiff_t>(at),
                   a.bytes->begin() + static_cast<std::ptrdiff_t>(at + size),
                   b.bytes->begin() + static_cast<std::ptrdiff_t>(at)))
      continue;
    if (!std::isnan(literal_real(a, i)) || !std::isnan(literal_real(b, i))) return i;
  }
  return std::nullopt;
}

TEST(SourceArithmetic, IsTheSameToTheBitWhateverCompilesIt) {
  if (!__builtin_cpu_supports("fma")) GTEST_SKIP() << "this CPU has no fused multiply-add";
  Program program;
  program.context.flush_denormals = false;
  build(program);
  ASSERT_FALSE(program.b.error()) << program.b.error()->message;
  const std::vector<KernelProgram> programs = {compile_to_kernels(program.graph)};
  const std::vector<Literal> inputs = random_inputs(program.graph, 1);
  const auto results = [&](const Words& words) {
    const auto module = SourceModule::make_c(words, programs);
    if (!module) throw InternalError(module.error().message);
    const auto values = module->call(0, inputs);
    if (!values) throw InternalError(values.error().message);
    return *values;
  };
  const std::vector<Literal> want = results({"gcc", "-std=c99", "-O1", "-ffp-contract=off"});
  for (const Words& words :
       {Words{"gcc", "-O2", "-mfma"}, Words{"gcc", "-O3", "-march=native", "-ffp-contract=fast"},
        Words{"clang", "-O2", "-mfma"}, Words{"clang", "-O3", "-march=native"}}) {
    if (!cli_test::has_program(words[0])) continue;
    const std::vector<Literal> got = results(words);
    for (std::size_t i = 0; i < want.size(); ++i)
      EXPECT_EQ(first_difference(got[i], want[i]), std::nullopt)
          << words[0] << " " << words[1] << " " << words[2] << ": "
          << program.graph.outputs[i].name;
  }
}

TEST(SourceArithmetic, IsRefusedUnderFastMath) {
  Program program;
  program.output("y", program.b.op("exp", {program.input("x", "f32[4]")}));
  const std::vector<KernelProgram> programs = {compile_to_kernels(program.graph)};
  for (const char* compiler : {"gcc", "clang"})
    for (const char* option : {"-ffast-math", "-Ofast", "-ffinite-math-only"}) {
      if (!cli_test::has_program(compiler)) continue;
      const auto module = SourceModule::make_c({compiler, "-O2", option}, programs);
      ASSERT_FALSE(module) << compiler << option;
      EXPECT_NE(module.error().message.find("needs the arithmetic of IEEE 754"), std::string::npos)
          << module.error().message;
    }
}

} // namespace
} // namespace nnc::test
