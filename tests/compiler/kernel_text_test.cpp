// Kernel text: what is printed parses back to a program that prints the same and, compiled, gives
// the same bits.

#include "ir/kernel/parse.h"
#include "ir/kernel/print.h"
#include "ir/text/parse.h"
#include "testing/compiled_run.h"

#include <gtest/gtest.h>

namespace nnc::test {
namespace {

struct Example {
  const char *name, *text;
};
void PrintTo(const Example& example, std::ostream* out) { *out << example.name; }

constexpr Example examples[] = {
    {"mlp_step", R"(
func @train(%x: f32[16,8], %y: f32[16,4], param %w1: f32[8,12], param %b1: f32[12], param %w2: f32[12,4], state %opt.w1: f32[8,12]) -> (%loss) update (w1 = %w1.next, opt.w1 = %v, b1 = %b1.next) {
  %z1 = dot(mul(%x, f32[16,8](0.0625)), %w1 {contract = [[1], [0]]}) : f32[16,12]
  %h = tanh(add(%z1, broadcast(%b1 {shape = [16,12], axes = [1]}))) : f32[16,12]
  %logits = dot(%h, %w2 {contract = [[1], [0]]}) : f32[16,4]
  %top = stop_gradient(max(%logits {axes = [1]})) : f32[16]
  %shifted = sub(%logits, broadcast(%top {shape = [16,4], axes = [0]})) : f32[16,4]
  %norm = log(sum(exp(%shifted) {axes = [1]})) : f32[16]
  %row = sub(mul(%norm, sum(%y {axes = [1]})), sum(mul(%y, %shifted) {axes = [1]})) : f32[16]
  %loss = mul(sum(%row {axes = [0]}), f32(0.0625)) : f32[]
  %g_w1, %g_b1 = grad %loss, %w1, %b1 {wrt = 2} : f32[8,12], f32[12]
  %v = add(mul(%opt.w1, f32[8,12](0.9)), %g_w1) : f32[8,12]
  %w1.next = sub(%w1, mul(%v, f32[8,12](0.1))) : f32[8,12]
  %b1.next = sub(%b1, mul(%g_b1, f32[12](0.1))) : f32[12]
})"},
    {"softmax", R"(
func @softmax(%x: f32[6,10]) -> (%p) {
  %e = exp(sub(%x, broadcast(max(%x {axes = [1]}) {shape = [6,10], axes = [0]}))) : f32[6,10]
  %p = div(%e, broadcast(sum(%e {axes = [1]}) {shape = [6,10], axes = [0]})) : f32[6,10]
})"},
    {"convolution_and_its_gradients", R"(
func @conv(%x: f32[2,9,9,3], %w: f32[3,3,3,4]) -> (%y, %gx, %gw) {
  %p = pad %x {low = [0,1,1,0], high = [0,1,1,0], interior = [0,0,0,0]} : f32[2,11,11,3]
  %win = window %p {axes = [1,2], size = [3,3], stride = [2,2], dilation = [1,1]} : f32[2,5,5,3,3,3]
  %y = dot %win, %w {contract = [[4,5,3], [0,1,2]]} : f32[2,5,5,4]
  %l = sum(mul(%y, %y) {axes = [0,1,2,3]}) : f32[]
  %gx, %gw = grad %l, %x, %w {wrt = 2} : f32[2,9,9,3], f32[3,3,3,4]
})"},
    {"gather_and_scatter", R"(
func @embed(%table: f64[7,3], %x: f64[3]) -> (%rows, %sums) {
  %ids = i32[5]([0, 6, 3, 3, 1]) : i32[5]
  %rows = gather %table, %ids {axes = [0]} : f64[5,3]
  %sums = scatter_add %table, %ids, mul(%rows, broadcast(%x {shape = [5,3], axes = [1]})) {axes = [0]} : f64[7,3]
})"},
    {"integers_bools_and_casts", R"(
func @f(%a: i32[4], %b: u32[4], %c: i8[4], %d: f16[4]) -> (%x, %y, %z, %s, %t) {
  %x = shift_left(rem(%a, i32[4](-3)), i32[4](2)) : i32[4]
  %y = xor(and(%b, u32[4](4294967295)), shift_right(%b, u32[4](3))) : u32[4]
  %z = and(lt(%c, i8[4](-1)), not(eq(%c, i8[4](5)))) : bool[4]
  %s = select(%z, cast(%d {to = f64}), f64[4](-inf)) : f64[4]
  %t = cast(%z {to = bf16}) : bf16[4]
})"},
    {"functions_of_one_element", R"(
func @f(%x: f64[5]) -> (%y, %k, %m, %c, %t) {
  %y = sub(neg(neg(%x)), sub(%x, sub(pow(%x, f64[5](2)), f64[5](-0.0)))) : f64[5]
  %k = polygamma %x {n = 2} : f64[5]
  %m = argmax %x {axis = 0} : i64[]
  %c = cumsum %x {axis = 0, reverse = true} : f64[5]
  %t = reshape(transpose(reshape(concat(%x, %y {axis = 0}) {shape = [2,5]}) {perm = [1,0]}) {shape = [10]}) : f64[10]
})"},
    {"random_bits", R"(
func @f(%key: u32[2]) -> (%bits) { %bits = random_bits %key {shape = [3,5]} : u32[3,5] }
)"},
    {"loops_and_branches", R"(
func @cell(%h: f64[2,3], %x: f64[2,3], %id: i64[], %t: f64[11,3]) -> (%n, %y) {
  %row = gather %t, %id {axes = [0]} : f64[3]
  %n = tanh(add(add(%h, %x), broadcast(%row {shape = [2,3], axes = [1]}))) : f64[2,3]
  %y = sum %n {axes = [1]} : f64[2]
}
func @more(%h: f64[2,3], %k: i64[]) -> (%p) { %p = lt %k, i64(3) : bool[] }
func @step(%h: f64[2,3], %k: i64[]) -> (%g, %n, %s) {
  %g = mul %h, %h : f64[2,3]
  %n = add %k, i64(1) : i64[]
  %s = sum %g : f64[]
}
func @yes(%h: f64[2,3]) -> (%y) { %y = exp %h : f64[2,3] }
func @no(%h: f64[2,3]) -> (y = %h) { }
func @f(%h0: f64[2,3], %xs: f64[4,2,3], %t: f64[11,3], %k: i64[], %p: bool[], state %s: f64[2,3]) -> (%ys, %ss, %n, %z) update (s = %h) {
  %ids = i64[4]([0, 10, 3, 3]) : i64[4]
  %h, %ys = scan %h0, %xs, %ids, %t, %k {body = @cell, carries = 1, over = 2, counted = true, reverse = true} : f64[2,3], f64[4,2]
  %g, %j, %ss, %n = while %s, %k {cond = @more, body = @step, carries = 2, max_steps = 5} : f64[2,3], i64[], f64[5], i64[]
  %z = cond %p, %g {then = @yes, else = @no} : f64[2,3]
})"},
    {"names_that_mean_something_else", R"(
func @f(%sum: f32[3], %`a b`: f32[3], %i: f32[3], %t0: f32[3], %a-b: f32[3], %x.1: f32[3]) -> (%for) {
  %exp = mul(add(%sum, %`a b`), add(%i, %t0)) : f32[3]
  %for = mul(mul(%exp, %exp), add(%a-b, %x.1)) : f32[3]
})"},
};

Result<Executable> loaded(KernelProgram program) {
  return Executable::make(std::move(program), CpuOptions{});
}

/// Results of one call: outputs, then updated leaves.
std::vector<std::vector<std::byte>> call(KernelProgram program, std::span<const Literal> inputs) {
  const auto outputs = program.outputs;
  const auto buffers = program.buffers;
  auto executable = loaded(std::move(program));
  EXPECT_TRUE(executable) << executable.error().message;
  if (!executable) return {};
  std::vector<std::vector<std::byte>> memory;
  for (const Literal& input : inputs) memory.push_back(*input.bytes);
  for (const ProgramPort& port : outputs)
    memory.emplace_back(static_cast<std::size_t>(buffers[port.buffer].type.bytes()));
  std::vector<ArgumentBytes> arguments;
  for (auto& each : memory)
    arguments.push_back({each.data(), static_cast<std::int64_t>(each.size())});
  const auto status = executable->call(arguments);
  EXPECT_FALSE(status) << status->message;
  return memory;
}

class KernelText : public testing::TestWithParam<Example> {};

TEST_P(KernelText, SurvivesAfterEveryStep) {
  const OpTable table = standard_ops();
  Context context(table);
  auto parsed = parse_graph(context, GetParam().text, "example.nnir");
  if (const auto* errors = std::get_if<1>(&parsed))
    FAIL() << errors->at(0).place.line << ": " << errors->at(0).message;
  Graph& graph = std::get<0>(parsed);
  const std::vector<Literal> inputs = random_inputs(graph, 1);
  int steps = 0;
  PipelineOptions options;
  options.after_step = [&](std::string_view step, const Graph*, const KernelProgram* program) {
    if (!program) return;
    ++steps;
    const std::string text = print_program(*program);
    SCOPED_TRACE(std::string(step) + "\n" + text);
    auto again = parse_program(text, "again");
    ASSERT_TRUE(again) << again.error().place.line << ":" << again.error().place.column << ": "
                       << again.error().message;
    EXPECT_EQ(print_program(*again), text);
    if (step != "plan") return;
    EXPECT_EQ(call(*again, inputs), call(*program, inputs));
  };
  const auto result = run_pipeline(std::move(graph), options);
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(steps, 4);
}

INSTANTIATE_TEST_SUITE_P(Compiler, KernelText, testing::ValuesIn(examples),
                         [](const auto& each) { return each.param.name; });

} // namespace
} // namespace nnc::test
