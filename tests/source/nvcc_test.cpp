// CUDA sources are taken by nvcc as they stand, where there is one, and no product of floats that a
// source writes is contracted.
#include "compiler/target/cuda/cuda_source.h"
#include "ir/text/parse.h"
#include "testing/compiled_run.h"
#include "testing/process.h"

namespace nnc {
namespace {

using cli_test::run_program;

/// The source of one function, as nvcc makes it into `ending`; its text, or an error that fails.
std::string compiled(const std::string& graph, const std::string& architecture,
                     const std::string& kind) {
  const OpTable ops = standard_ops();
  Context context(ops);
  const auto parsed = parse_graph(context, graph, "test.nnir");
  if (const auto* errors = std::get_if<std::vector<Error>>(&parsed))
    throw InternalError(errors->at(0).message);
  const KernelProgram program = test::compile_to_kernels(std::get<Graph>(parsed));
  const auto printed =
      cuda_source(aot::describe("m", "test.nnir", std::span(&program, 1)), &context, max_bytes);
  if (!printed) throw InternalError(printed.error().message);
  const cli_test::Folder folder;
  cli_test::write_text(folder / "m.cu", printed->source);
  cli_test::write_text(folder / "m.cuda.h", printed->header);
  const auto outcome = run_program(
      {"nvcc", "-O3", "-arch=" + architecture, kind, folder / "m.cu", "-o", folder / "m.out"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.err, "") << printed->source;
  return cli_test::file_text(folder / "m.out");
}

constexpr const char* products = R"(
func @f(%x: f32[1000], %y: f32[1000], %z: f32[1000], %u: f64[10], %v: f64[10]) -> (%a, %b) {
  %p = mul %x, %y : f32[1000]
  %a = add %p, %z : f32[1000]
  %q = mul %u, %v : f64[10]
  %b = sub %q, %u : f64[10]
}
)";

TEST(SourceNvcc, ContractsNoProduct) {
  if (!cli_test::has_program("nvcc")) GTEST_SKIP() << "no nvcc on this machine";
  const std::string code = compiled(products, "sm_80", "-ptx");
  EXPECT_NE(code.find("mul.rn.f32"), std::string::npos) << code;
  EXPECT_NE(code.find("mul.rn.f64"), std::string::npos);
  EXPECT_EQ(code.find("fma"), std::string::npos) << code;
}

constexpr const char* forms = R"(
func @f(%x: f32[200,300], %w: f32[300,70], %i: i32[5], %h: f16[8,16], %key: u32[2])
    -> (%a, %s, %g, %c, %o, %e, %m, %r) {
  %a = dot %x, %w {contract = [[1], [0]]} : f32[200,70]
  %s = sum %x {axes = [1]} : f32[200]
  %g = gather %x, %i {axes = [0]} : f32[5,300]
  %c = cumsum %x {axis = 0} : f32[200,300]
  %o = sort %w {axis = 1} : f32[300,70]
  %e = exp %h : f16[8,16]
  %m = argmax %x {axis = 1} : i64[200]
  %r = random_bits %key {shape = [10]} : u32[10]
}
)";

TEST(SourceNvcc, TakesEveryForm) {
  if (!cli_test::has_program("nvcc")) GTEST_SKIP() << "no nvcc on this machine";
  for (const char* architecture : {"sm_80", "sm_90"}) compiled(forms, architecture, "-c");
}

} // namespace
} // namespace nnc
