// Another shape of what the caller owns is read where it lies, pieces are made where they belong,
// and slices of steps that a loop did not take are not cleared for loops over those that it took.
#include "ir/grad_node.h"
#include "ir/text/parse.h"
#include "testing/compiled_run.h"

#include <gtest/gtest.h>

namespace nnc {
namespace {

class Copies : public testing::Test {
protected:
  Graph graph(const std::string& text) {
    auto parsed = parse_graph(context_, text, "text");
    if (const auto* errors = std::get_if<std::vector<Error>>(&parsed))
      throw InternalError((*errors)[0].message);
    return std::move(std::get<Graph>(parsed));
  }

  static KernelProgram program(Graph graph) {
    auto made = run_pipeline(std::move(graph), {});
    if (!made) throw InternalError(made.error().message);
    return std::move(*made->program);
  }

  /// Elements that are stored in all, each kernel running once.
  static std::int64_t stored(const KernelProgram& program) {
    std::int64_t points = 0;
    for (const Kernel& kernel : program.kernels)
      for (const Stage& stage : kernel.stages) {
        std::int64_t of_stage = 1;
        for (const Axis axis : stage.axes) of_stage *= kernel.pool.indices().axis(axis).extent;
        points += of_stage;
      }
    return points;
  }

  void expect_as_interpreted(const Graph& graph, unsigned seed) {
    const std::vector<Literal> inputs = test::random_inputs(graph, seed);
    const auto simple = run_pipeline(copy_live(graph), {.stop_after = "simplify.3"});
    ASSERT_TRUE(simple.ok()) << simple.error().message;
    const auto wanted = interpret(simple->graph, inputs);
    const auto actual = test::run_compiled(graph, inputs);
    ASSERT_TRUE(wanted.ok() && actual.ok());
    ASSERT_EQ(wanted->size(), actual->size());
    for (std::size_t i = 0; i < wanted->size(); ++i)
      test::expect_near((*actual)[i], (*wanted)[i], 2000, 1, std::to_string(i));
  }

  OpTable ops_ = standard_ops();
  Context context_{ops_};
};

/// Goes over `xs` in three rows of four, and over what is behind.
constexpr auto in_pieces = R"(
func @cell(%c: f64[4,2], %x: f64[4,2]) -> (%c1, y = %c1) {
  %c1 = add mul(%c, f64[4,2](0.5)), %x : f64[4,2]
}
func @last(%c: f64[2], %x: f64[2]) -> (%c1, y = %c1) { %c1 = add %c, %x : f64[2] }
func @f(%c0: f64[4,2], %d0: f64[2], ROLE %xs: f64[15,2]) -> (%c, %d, %zs) UPDATE {
  %front = slice %xs {start = [0,0], stop = [12,2]} : f64[12,2]
  %rows = reshape %front {shape = [3,4,2]} : f64[3,4,2]
  %back = slice %xs {start = [12,0], stop = [15,2]} : f64[3,2]
  %c, %ys = scan %c0, %rows {body = @cell, carries = 1, over = 1} : f64[4,2], f64[3,4,2]
  %d, %es = scan %d0, %back {body = @last, carries = 1, over = 1} : f64[2], f64[3,2]
  %flat = reshape %ys {shape = [12,2]} : f64[12,2]
  %zs = concat %flat, %es {axis = 0} : f64[15,2]
  %next = mul %xs, f64[15,2](0.5) : f64[15,2]
})";

std::string pieces(const std::string& role, const std::string& update) {
  std::string text = in_pieces;
  text.replace(text.find("ROLE "), 5, role);
  text.replace(text.find(" UPDATE"), 7, update);
  return text;
}

TEST_F(Copies, PiecesAreReadAndMadeWhereTheyBelong) {
  // Old values of a param are read so as well, before it is updated.
  for (const Graph& f : {graph(pieces("", "")), graph(pieces("param ", " update (xs = %next)"))}) {
    const KernelProgram made = program(copy_live(f));
    for (const Kernel& kernel : made.kernels)
      for (const std::uint32_t buffer : buffers_written(kernel)) {
        EXPECT_NE(made.buffers[buffer].type.shape, (Shape{3, 4, 2})) << made.buffers[buffer].name;
        EXPECT_NE(made.buffers[buffer].type.shape, (Shape{3, 2})) << made.buffers[buffer].name;
      }
    for (const unsigned seed : {1u, 2u}) expect_as_interpreted(f, seed);
  }
}

/// A loop that ends where it has gone far enough, and its derivatives.
class FewSteps : public Copies {
protected:
  Graph derived(std::int64_t most, int order) {
    const std::string text = R"(
func @more(%c: f32[8], %w: f32[8]) -> (%m) { %m = lt sum(%c), f32(40) : bool[] }
func @cell(%c: f32[8], %w: f32[8]) -> (%c1) {
  %c1 = add add(mul(sin(%c), %w), %c), f32[8](1.5) : f32[8]
}
func @f(%c0: f32[8], %w: f32[8]) -> (%loss, %n) {
  %c, %n = while %c0, %w {body = @cell, cond = @more, carries = 1, max_steps = )" +
                             std::to_string(most) + R"(} : f32[8], i64[]
  %loss = sum mul(%c, %c) : f32[]
})";
    Graph function = graph(text);
    Builder b(function);
    std::vector<Value> of{function.outputs[0].value};
    const std::vector<Value> leaves = function.inputs;
    for (int i = 0; i < order; ++i) {
      Value sum;
      for (const Value value : of) {
        const Value square = b.mul(value, value);
        const Value one = b.shape(value).empty() ? square : b.sum(square, {0});
        sum = sum.valid() ? b.add(sum, one) : one;
      }
      of = build_grad(b, {sum, {}, leaves});
    }
    if (b.error()) throw InternalError(b.error()->message);
    if (order > 0)
      for (const Value value : of)
        function.outputs.push_back({"d" + std::to_string(function.outputs.size()), value});
    return function;
  }
};

TEST_F(FewSteps, CostFollowsTheStepsTaken) {
  for (const int order : {0, 1, 2, 3})
    EXPECT_EQ(stored(program(derived(10, order))), stored(program(derived(100'000, order))))
        << order;
}

TEST_F(FewSteps, WhatWasNotTakenIsNotRead) {
  for (const int order : {1, 2, 3})
    for (const std::int64_t most : {1, 3, 10, 100})
      for (const unsigned seed : {1u, 2u, 3u}) expect_as_interpreted(derived(most, order), seed);
}

TEST_F(FewSteps, WhatIsSeenOfStepsNotTakenIsZero) {
  const Graph f = graph(R"(
func @more(%c: f32[]) -> (%m) { %m = lt %c, f32(3) : bool[] }
func @cell(%c: f32[]) -> (%c1, y = %c1) { %c1 = add %c, f32(1) : f32[] }
func @f(%c0: f32[]) -> (%c, %ys, %n) {
  %c, %ys, %n = while %c0 {body = @cell, cond = @more, carries = 1, max_steps = 9}
    : f32[], f32[9], i64[]
})");
  expect_as_interpreted(f, 1);
  EXPECT_EQ(stored(program(copy_live(f))), 1 + 9 + 1 + 1);
}

} // namespace
} // namespace nnc
