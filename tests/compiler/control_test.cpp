// Loops and branches compiled: what they compute, what they keep in memory, how often they run.
#include "ir/kernel/regions.h"
#include "ir/text/parse.h"
#include "testing/compiled_run.h"

#include <cstring>

namespace nnc::test {
namespace {

/// Values of leaves that are not random.
using Given = std::vector<std::pair<std::string, std::vector<std::int64_t>>>;

struct Case {
  const char *name, *text;
  std::vector<Given> given = {{}}; ///< a run for each
};
void PrintTo(const Case& each, std::ostream* out) { *out << each.name; }

Graph parsed(Context& context, std::string_view text) {
  auto graph = parse_graph(context, text, "control.nnir");
  if (const auto* errors = std::get_if<1>(&graph))
    throw InternalError(std::to_string((*errors)[0].place.line) + ": " + (*errors)[0].message);
  return std::move(std::get<0>(graph));
}

std::vector<Literal> inputs_of(const Graph& graph, const Given& given, unsigned seed) {
  std::vector<Literal> inputs = random_inputs(graph, seed);
  for (std::size_t i = 0; i < inputs.size(); ++i)
    for (const auto& [name, values] : given) {
      if (graph.leaf_name(graph.inputs[i]) != name) continue;
      auto bytes = std::make_shared<std::vector<std::byte>>(*inputs[i].bytes);
      for (std::size_t k = 0; k < values.size(); ++k)
        store_integer(inputs[i].type.dtype, bytes->data(), static_cast<std::int64_t>(k), values[k]);
      inputs[i].bytes = std::move(bytes);
    }
  return inputs;
}

#define CELL                                                                                       \
  "func @cell(%h: f64[3,4], %x: f64[3,4], %w: f64[4,4]) -> (%n, %y) {\n"                           \
  "  %n = tanh(add(%x, dot(%h, %w {contract = [[1], [0]]}))) : f64[3,4]\n"                         \
  "  %y = sum %n {axes = [1]} : f64[3]\n}\n"

const Case cases[] = {
    {"lengths_and_directions", CELL R"(
func @f(%h0: f64[3,4], %xs: f64[9,3,4], %one: f64[1,3,4], %no: f64[0,3,4], param %w: f64[4,4]) -> (%h, %ys, %hr, %yr, %h1, %y1, %hn, %yn) {
  %h, %ys = scan %h0, %xs, %w {body = @cell, carries = 1, over = 1} : f64[3,4], f64[9,3]
  %hr, %yr = scan %h0, %xs, %w {body = @cell, carries = 1, over = 1, reverse = true} : f64[3,4], f64[9,3]
  %h1, %y1 = scan %h0, %one, %w {body = @cell, carries = 1, over = 1} : f64[3,4], f64[1,3]
  %hn, %yn = scan %h0, %no, %w {body = @cell, carries = 1, over = 1} : f64[3,4], f64[0,3]
})"},
    {"counted",
     CELL R"(
func @f(%h0: f64[3,4], %xs: f64[9,3,4], param %w: f64[4,4], %n: i64[]) -> (%h, %ys, %hr, %yr) {
  %h, %ys = scan %h0, %xs, %w, %n {body = @cell, carries = 1, over = 1, counted = true} : f64[3,4], f64[9,3]
  %hr, %yr = scan %h0, %xs, %w, %n {body = @cell, carries = 1, over = 1, counted = true, reverse = true} : f64[3,4], f64[9,3]
})",
     {{{"n", {0}}}, {{"n", {1}}}, {{"n", {5}}}, {{"n", {9}}}, {{"n", {77}}}, {{"n", {-3}}}}},
    {"carries_that_swap_and_one_that_stays", R"(
func @cell(%a: f64[3], %b: f64[3], %c: f64[3]) -> (p = %b, q = %a, %c, %d) {
  %d = sub(mul(%a, %c), %b) : f64[3]
}
func @f(%a0: f64[3], %b0: f64[3], %c0: f64[3]) -> (%a, %b, %c, %ds) {
  %a, %b, %c, %ds = scan %a0, %b0, %c0 {body = @cell, carries = 3, length = 5} : f64[3], f64[3], f64[3], f64[5,3]
})"},
    {"one_value_carried_twice_and_stacked", R"(
func @cell(%a: f64[3], %b: f64[3], %x: f64[3]) -> (p = %n, q = %n, y = %n, z = %n) {
  %n = add(mul(%a, %x), %b) : f64[3]
}
func @f(%a0: f64[3], %b0: f64[3], %xs: f64[4,3]) -> (%a, %b, %ys, %t) {
  %a, %b, %ys, %zs = scan %a0, %b0, %xs {body = @cell, carries = 2, over = 1} : f64[3], f64[3], f64[4,3], f64[4,3]
  %t = exp(sub(%a, sum(%zs {axes = [0]}))) : f64[3]
})"},
    {"scan_of_a_scan_over_the_same",
     R"(
func @inner(%s: f64[3], %x: f64[3], %g: f64[]) -> (%n, %y) {
  %n = add(%s, mul(%x, broadcast(%g {shape = [3]}))) : f64[3]
  %y = sum %n : f64[]
}
func @outer(%s: f64[3], %g: f64[], %xs: f64[4,3], %k: i64[], %h: f64[]) -> (%m, %k1, %ys, ms = %m) {
  %n, %ys = scan %s, %xs, %g, %k {body = @inner, carries = 1, over = 1, counted = true} : f64[3], f64[4]
  %m = mul(%n, broadcast(%h {shape = [3]})) : f64[3]
  %k1 = add(%g, f64(0.25)) : f64[]
}
func @f(%s0: f64[3], %xs: f64[5,4,3], %ks: i64[5], %h: f64[]) -> (%s, %g, %ys, %ms) {
  %s, %g, %ys, %ms = scan %s0, f64(0.5), %xs, %ks, %h {body = @outer, carries = 2, over = 2} : f64[3], f64[], f64[5,4], f64[5,3]
})",
     {{{"ks", {4, 0, 2, 9, -1}}}}},
    {"cond_in_a_scan",
     R"(
func @yes(%s: f64[3], %x: f64[3]) -> (%n) { %n = add %s, %x : f64[3] }
func @no(%s: f64[3], %x: f64[3]) -> (n = %s) { }
func @cell(%s: f64[3], %x: f64[3], %p: bool[]) -> (%n, %q) {
  %n = cond %p, %s, %x {then = @yes, else = @no} : f64[3]
  %q = mul %n, %n : f64[3]
}
func @f(%s0: f64[3], %xs: f64[5,3], %ps: bool[5]) -> (%s, %qs) {
  %s, %qs = scan %s0, %xs, %ps {body = @cell, carries = 1, over = 2} : f64[3], f64[5,3]
})",
     {{{"ps", {1, 0, 0, 1, 1}}}, {{"ps", {0, 0, 0, 0, 0}}}}},
    {"scan_in_a_cond",
     R"(
func @cell(%s: f64[3], %x: f64[3]) -> (%n, y = %n) { %n = add %s, %x : f64[3] }
func @yes(%s: f64[3], %xs: f64[5,3]) -> (%n, %ys) {
  %n, %ys = scan %s, %xs {body = @cell, carries = 1, over = 1} : f64[3], f64[5,3]
}
func @no(%s: f64[3], %xs: f64[5,3]) -> (n = %s, y = %xs) { }
func @f(%s0: f64[3], %xs: f64[5,3], %p: bool[]) -> (%s, %ys, %t) {
  %s, %ys = cond %p, %s0, %xs {then = @yes, else = @no} : f64[3], f64[5,3]
  %t = exp %s : f64[3]
})",
     {{{"p", {1}}}, {{"p", {0}}}}},
    {"while",
     R"(
func @more(%x: i64[], %limit: i64[]) -> (%p) { %p = lt %x, %limit : bool[] }
func @double(%x: i64[], %limit: i64[]) -> (%n) { %n = add %x, %x : i64[] }
func @and_stack(%x: i64[], %limit: i64[]) -> (%n, %y) {
  %n = add %x, %x : i64[]
  %y = neg %x : i64[]
}
func @f(%x: i64[], %limit: i64[]) -> (%a, %na, %b, %nb, %c, %cs, %nc) {
  %a, %na = while %x, %limit {cond = @more, body = @double, carries = 1} : i64[], i64[]
  %b, %nb = while %x, %limit {cond = @more, body = @double, carries = 1, max_steps = 3} : i64[], i64[]
  %c, %cs, %nc = while %x, %limit {cond = @more, body = @and_stack, carries = 1, max_steps = 6} : i64[], i64[6], i64[]
})",
     {{{"x", {1}}, {"limit", {0}}},
      {{"x", {1}}, {"limit", {5}}},
      {{"x", {3}}, {"limit", {1000000}}}}},
    {"condition_that_is_carried", R"(
func @more(%p: bool[], %x: f64[2]) -> (q = %p) { }
func @step(%p: bool[], %x: f64[2]) -> (%q, %y) {
  %y = add(mul(%x, %x), f64[2](1)) : f64[2]
  %q = lt(sum(%y), f64(50)) : bool[]
}
func @f(%x: f64[2]) -> (%y, %n, %q) {
  %q, %y, %n = while bool(true), %x {cond = @more, body = @step, carries = 2} : bool[], f64[2], i64[]
})"},
    {"updates_from_a_loop", R"(
func @cell(%s: f64[3], %x: f64[3]) -> (%n, y = %n) { %n = add(mul(%s, f64[3](0.5)), %x) : f64[3] }
func @f(%xs: f64[5,3], state %s: f64[3], param %w: f64[3], state %old: f64[3]) -> (%y) update (s = %n, w = %v, old = %s) {
  %n, %ys = scan %s, %xs {body = @cell, carries = 1, over = 1} : f64[3], f64[5,3]
  %v = add(%w, sum(%ys {axes = [0]})) : f64[3]
  %y = add(%s, mul(%n, %w)) : f64[3]
})"},
    {"looked_up_in_a_loop",
     R"(
func @cell(%s: f64[2], %id: i64[], %t: f64[7,2], %more: i64[4]) -> (%n, %y) {
  %y = gather %t, %more {axes = [0]} : f64[4,2]
  %n = add(%s, gather(%t, %id {axes = [0]})) : f64[2]
}
func @f(%s0: f64[2], %ids: i64[5], %t: f64[7,2], %more: i64[4]) -> (%s, %ys) {
  %s, %ys = scan %s0, %ids, %t, %more {body = @cell, carries = 1, over = 1} : f64[2], f64[5,4,2]
})",
     {{{"ids", {0, 6, 3, 2, 1}}, {"more", {6, 0, 1, 1}}}}},
    {"memory_that_all_steps_need",
     R"(
func @cell(%h: f64[8,8], %w: f64[8,8]) -> (%n) {
  %a = dot %h, %w {contract = [[1], [0]]} : f64[8,8]
  %b = cumsum %a {axis = 0} : f64[8,8]
  %c = tanh(cumsum(%b {axis = 1})) : f64[8,8]
  %n = cumsum %c {axis = 0} : f64[8,8]
}
func @f(%h0: f64[8,8], %w0: f64[8,8]) -> (%h) {
  %w = cumsum %w0 {axis = 0} : f64[8,8]
  %h = scan %h0, %w {body = @cell, carries = 1, length = 3} : f64[8,8]
})"},
    {"an_index_that_is_carried",
     R"(
func @cell(%k: i64[], %t: i64[6]) -> (%n, y = %k) { %n = gather %t, %k {axes = [0]} : i64[] }
func @f(%k0: i64[], %t: i64[6]) -> (%k, %ks) {
  %k, %ks = scan %k0, %t {body = @cell, carries = 1, length = 9} : i64[], i64[9]
})",
     {{{"k0", {2}}, {"t", {3, 0, 4, 5, 1, 2}}}}},
    {"scatter_and_sums_in_a_loop",
     R"(
func @cell(%h: f64[4,3], %id: i64[2], %x: f64[2,3]) -> (%n, %c) {
  %n = scatter_add %h, %id, %x {axes = [0]} : f64[4,3]
  %c = cumsum %n {axis = 0} : f64[4,3]
}
func @f(%h0: f64[4,3], %ids: i64[5,2], %xs: f64[5,2,3]) -> (%h, %cs) {
  %h, %cs = scan %h0, %ids, %xs {body = @cell, carries = 1, over = 2} : f64[4,3], f64[5,4,3]
})",
     {{{"ids", {0, 1, 2, 3, 3, 3, 1, 2, 0, 0}}}}},
};

class CompiledControl : public testing::TestWithParam<Case> {};

TEST_P(CompiledControl, EqualsTheInterpreter) {
  const OpTable ops = standard_ops();
  Context context(ops);
  const Graph graph = parsed(context, GetParam().text);
  for (const Given& given : GetParam().given) {
    const std::vector<Literal> inputs = inputs_of(graph, given, 3);
    const auto wanted = interpret(graph, inputs);
    const auto actual = run_compiled(graph, inputs);
    ASSERT_TRUE(wanted.ok()) << wanted.error().message;
    ASSERT_TRUE(actual.ok()) << actual.error().message;
    ASSERT_EQ(actual->size(), wanted->size());
    for (std::size_t i = 0; i < wanted->size(); ++i)
      expect_near((*actual)[i], (*wanted)[i], 256, 1, "result " + std::to_string(i));
  }
}

INSTANTIATE_TEST_SUITE_P(Compiler, CompiledControl, testing::ValuesIn(cases),
                         [](const auto& each) { return each.param.name; });

// ---- index checks ----

constexpr const char* looked_up = R"(
func @cell(%s: f64[2], %id: i64[], %t: f64[7,2]) -> (%n) {
  %rows = gather %t, %id {axes = [0]} : f64[2]
  %n = add(%s, %rows) : f64[2]
}
func @f(%ids: i64[5], %t: f64[7,2], state %s: f64[2], param %w: f64[2], %k: i64[]) -> (%y) update (s = %n, w = %v) {
  %v = mul(%w, f64[2](2)) : f64[2]
  %n = scan %s, %ids, %t, %k {body = @cell, carries = 1, over = 1, counted = true} : f64[2]
  %y = add(%n, %n) : f64[2]
})";

TEST(CompiledControl, AFailedCheckInALoopChangesNoState) {
  const OpTable ops = standard_ops();
  Context context(ops);
  const Graph graph = parsed(context, looked_up);
  const auto executable = Executable::make(compile_to_kernels(graph), {});
  ASSERT_TRUE(executable.ok()) << executable.error().message;
  for (const std::int64_t steps : {3, 4}) { // the fourth index is bad
    const auto inputs = inputs_of(graph, {{"ids", {0, 6, 3, 7, 9}}, {"k", {steps}}}, 1);
    std::vector<std::vector<std::byte>> memory;
    for (const Literal& input : inputs) memory.push_back(*input.bytes);
    memory.emplace_back(16);
    std::vector<ArgumentBytes> arguments;
    for (auto& each : memory) arguments.push_back({each.data(), std::ssize(each)});
    const auto error = const_cast<Executable&>(*executable).call(arguments);
    if (steps == 3) {
      EXPECT_FALSE(error) << error->message;
      EXPECT_NE(memory[2], *inputs[2].bytes);
      continue;
    }
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code, "E0621");
    EXPECT_EQ(error->message, "'rows': index 7 is outside 0..6");
    EXPECT_EQ(memory[2], *inputs[2].bytes);
    EXPECT_EQ(memory[3], *inputs[3].bytes);
  }
}

TEST(CompiledControl, AStateThatIsAnIndexIsCheckedBeforeItsUpdate) {
  const OpTable ops = standard_ops();
  Context context(ops);
  const Graph graph = parsed(context, R"(
func @f(%t: f64[5,2], state %k: i64[]) -> (%y) update (k = %n) {
  %y = gather %t, %k {axes = [0]} : f64[2]
  %n = add(%k, i64(1)) : i64[]
})");
  for (const std::int64_t k : {4, 5}) {
    const auto actual = run_compiled(graph, inputs_of(graph, {{"k", {k}}}, 1));
    EXPECT_EQ(actual.ok(), k == 4);
    if (actual) {
      EXPECT_EQ(literal_integer((*actual)[1], 0), 5);
    }
  }
}

// ---- laws of memory and time ----

std::int64_t workspace(const std::string& length) {
  const OpTable ops = standard_ops();
  Context context(ops);
  return compile_to_kernels(parsed(context, R"(
func @cell(%h: f32[8,16], %x: f32[8,16], %w: f32[16,16]) -> (%n) {
  %z = add(%x, dot(%h, %w {contract = [[1], [0]]})) : f32[8,16]
  %n = div(%z, broadcast(sum(exp(%z) {axes = [1]}) {shape = [8,16], axes = [0]})) : f32[8,16]
}
func @f(%h0: f32[8,16], %xs: f32[)" + length + R"(,8,16], %w: f32[16,16]) -> (%h) {
  %h = scan %h0, %xs, %w {body = @cell, carries = 1, over = 1} : f32[8,16]
})"))
      .arena_bytes;
}

TEST(CompiledControl, MemoryDoesNotGrowWithTheLengthOfALoopThatStacksNothing) {
  EXPECT_GT(workspace("3"), 0);
  EXPECT_EQ(workspace("3"), workspace("1000"));
}

/// Each step looks up the number of the next one in a table that has no more.
TEST(CompiledControl, AWhileRunsItsBodyForTheStepsThatItTakes) {
  const OpTable ops = standard_ops();
  Context context(ops);
  std::vector<std::size_t> kernels;
  for (const char* most : {"6", "1099511627776"}) {
    const Graph graph = parsed(context, std::string(R"(
func @more(%k: i64[], %t: i64[5]) -> (%p) { %p = lt %k, i64(5) : bool[] }
func @next(%k: i64[], %t: i64[5]) -> (%n) { %n = gather %t, %k {axes = [0]} : i64[] }
func @f(%t: i64[5]) -> (%k, %n) {
  %k, %n = while i64(0), %t {cond = @more, body = @next, carries = 1, max_steps = )") +
                                            most + "} : i64[], i64[]\n}");
    kernels.push_back(compile_to_kernels(graph).kernels.size());
    const auto actual = run_compiled(graph, inputs_of(graph, {{"t", {1, 2, 3, 4, 5}}}, 1));
    ASSERT_TRUE(actual.ok()) << actual.error().message;
    EXPECT_EQ(literal_integer((*actual)[0], 0), 5);
    EXPECT_EQ(literal_integer((*actual)[1], 0), 5);
  }
  EXPECT_EQ(kernels[0], kernels[1]);
}

/// Slices are read and written where they lie.
TEST(CompiledControl, SlicesAreNotCopied) {
  const OpTable ops = standard_ops();
  Context context(ops);
  const KernelProgram program = compile_to_kernels(parsed(context, R"(
func @cell(%h: f32[8], %x: f32[8]) -> (%n, %y) {
  %n = add(%h, %x) : f32[8]
  %y = mul(%n, %x) : f32[8]
}
func @f(%h0: f32[8], %xs: f32[5,8]) -> (%h, %ys) {
  %h, %ys = scan %h0, %xs {body = @cell, carries = 1, over = 1} : f32[8], f32[5,8]
})"));
  EXPECT_EQ(program.kernels.size(), 2u); // the copy of h0, and all of a step
  ASSERT_EQ(program.regions.size(), 1u);
  EXPECT_EQ(program.regions[0].last - program.regions[0].first, 1u);
  const std::vector<Life> lives = buffer_lives(program);
  for (std::size_t b = 0; b < lives.size(); ++b)
    EXPECT_TRUE(lives[b].none() || program.buffers[b].role != BufferRole::arena ||
                program.buffers[b].type.scalar())
        << program.buffers[b].name;
}

TEST(CompiledControl, WhatIsCarriedAndStackedIsMadeByOneKernelInPlace) {
  const OpTable ops = standard_ops();
  Context context(ops);
  const KernelProgram program = compile_to_kernels(parsed(context, R"(
func @cell(%h: f32[8], %x: f32[8]) -> (%n, y = %n) {
  %n = tanh(add(%h, %x)) : f32[8]
}
func @f(%h0: f32[8], %xs: f32[5,8]) -> (%h, %ys) {
  %h, %ys = scan %h0, %xs {body = @cell, carries = 1, over = 1} : f32[8], f32[5,8]
})"));
  EXPECT_EQ(program.kernels.size(), 2u);
}

} // namespace
} // namespace nnc::test
