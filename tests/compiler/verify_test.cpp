// The verifier runs after every step and names the step at fault: rows that lie, one about its type
// and one about what it reads, are found out.

#include "compiler/pipeline.h"
#include "ir/builder.h"
#include "ir/element.h"

#include <gtest/gtest.h>

namespace nnc {
namespace {

bool lies = false;

Result<std::vector<Type>> infer_lie(InferArgs& args) {
  Type type = args.in[0];
  if (lies) type.dtype = DType::f64;
  return std::vector<Type>{type};
}

Expr own_element(ElementBuilder& e, int, std::span<const Index> at) { return e.input(0, at); }

Expr next_element(ElementBuilder& e, int, std::span<const Index> at) {
  const Index next = e.index.add(at[0], 1);
  return e.input(0, {&next, 1});
}

Graph one_op(Context& context, std::string_view row) {
  Graph g(context, "f");
  Builder b(g);
  const Value x = g.add_leaf("x", Role::input, {DType::f32, {3}}, {});
  g.outputs = {{"y", b.op(row, {x})}};
  g.set_value_name(g.outputs[0].value, "y");
  return g;
}

std::string fault_of(Graph graph, const PipelineOptions& options) {
  try {
    EXPECT_TRUE(run_pipeline(std::move(graph), options));
  } catch (const InternalError& error) {
    return error.what();
  }
  return {};
}

TEST(Pipeline, ATypeThatChangesIsFoundAfterTheStep) {
  OpTable table = standard_ops();
  table.add({.name = "moody",
             .kind = "made up",
             .infer = infer_lie,
             .element = own_element,
             .elementwise = true});
  Context context(table);
  PipelineOptions options;
  options.stop_after = "simplify.3";
  options.after_step = [](std::string_view step, const Graph*, const KernelProgram*) {
    lies = step == "simplify"; // from the check of `simplify` on
  };
  EXPECT_EQ(fault_of(one_op(context, "moody"), options),
            R"(after step 'differentiate' @f is not well formed:
func @f(%x: f32[3]) -> (y = %y) {
  %x = input {name = "x", role = "input", type = f32[3]} : f32[3]
  %y = moody %x : f32[3]
  ^~~~~~~~~~~~~~~~~~~~~~
  error: types: moody gives f64[3], not f32[3]
}
)");
  lies = false;
  options.verify = false;
  EXPECT_EQ(fault_of(one_op(context, "moody"), options), "");
  lies = false;
}

TEST(Pipeline, AnElementOutsideItsTensorIsFoundAfterFuse) {
  OpTable table = standard_ops();
  table.add({.name = "next",
             .kind = "made up",
             .infer = infer_lie,
             .element = next_element,
             .elementwise = true});
  Context context(table);
  EXPECT_EQ(fault_of(one_op(context, "next"), {}), R"(after step 'fuse' @f is not well formed:
program @f (x) -> (y) {
  input    x : f32[3]
  output   y : f32[3]
  kernel f_0 (x) -> (y): pointwise {  // 0 FLOP, 24 B
    for i in 0..3
      y[i] = x[i + 1]
      ^~~~~~~~~~~~~~~
      error: bounds: index 0 of 'x' is in 1..3, the size is 3
  }
}
)");
  EXPECT_EQ(fault_of(one_op(context, "next"), {.verify = false}), "");
}

TEST(Pipeline, VerificationIsTimed) {
  const OpTable table = standard_ops();
  Context context(table);
  const auto timed = run_pipeline(one_op(context, "tanh"), {});
  ASSERT_TRUE(timed);
  EXPECT_EQ(timed->times.back().name, "verify");
  EXPECT_EQ(timed->times.size(), pipeline_steps().size() + 1);
}

} // namespace
} // namespace nnc
