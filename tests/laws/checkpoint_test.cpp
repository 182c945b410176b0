// Scans with `checkpoint` that go over slices: derivatives are those without it to the bit, by the
// interpreter and in compiled f32, and keep about the root of the steps.
#include "compiler/pipeline.h"
#include "ir/interpret/interpreter.h"
#include "ir/modes.h"
#include "ir/text/parse.h"
#include "testing/checked.h"
#include "testing/compiled_run.h"

#include <gtest/gtest.h>

namespace nnc {
namespace {

/// A scan over `xs` with a param `w`, and what it stacks.
struct Layer {
  std::string_view name, text; ///< T: steps
};

constexpr Layer layers[] = {{"vectors", R"(
func @cell(%c: f32[16], %x: f32[16], %w: f32[16]) -> (%c1) {
  %c1 = sin add(mul(%c, %w), %x) : f32[16]
}
func @layer(%c0: f32[16], %xs: f32[T,16], %w: f32[16]) -> (%c) {
  %c = scan %c0, %xs, %w {body = @cell, carries = 1, over = 1CHECKPOINT} : f32[16]
})"},
                            {"matrices", R"(
func @cell(%c: f32[4,8], %x: f32[4,8], %w: f32[8,8]) -> (%c1, y = %c1) {
  %c1 = tanh add(dot(%c, %w {contract = [[1],[0]]}), %x) : f32[4,8]
}
func @layer(%c0: f32[4,8], %xs: f32[T,4,8], %w: f32[8,8]) -> (%c, %ys) {
  %c, %ys = scan %c0, %xs, %w {body = @cell, carries = 1, over = 1CHECKPOINT}
    : f32[4,8], f32[T,4,8]
})"},
                            {"wide", R"(
func @cell(%c: f32[1,48], %x: f32[1,48], %w: f32[48,48]) -> (%c1) {
  %c1 = tanh add(dot(%c, %w {contract = [[1],[0]]}), %x) : f32[1,48]
}
func @layer(%c0: f32[1,48], %xs: f32[T,1,48], %w: f32[48,48]) -> (%c) {
  %c = scan %c0, %xs, %w {body = @cell, carries = 1, over = 1CHECKPOINT} : f32[1,48]
})"},
                            {"backwards", R"(
func @cell(%c: f32[1,24], %x: f32[1,24], %w: f32[24,24], %b: f32[24]) -> (%c1) {
  %a = add dot(%c, %w {contract = [[1],[0]]}), %x : f32[1,24]
  %c1 = tanh add(%a, broadcast(%b {shape = [1,24], axes = [1]})) : f32[1,24]
}
func @layer(%c0: f32[1,24], %xs: f32[T,1,24], %w: f32[24,24], %b: f32[24]) -> (%c) {
  %c = scan %c0, %xs, %w, %b {body = @cell, carries = 1, over = 1, reverse = trueCHECKPOINT}
    : f32[1,24]
})"}};

class Checkpoint : public testing::TestWithParam<Layer> {
protected:
  Graph layer(std::int64_t steps, bool checkpoint) {
    std::string text(GetParam().text);
    const auto put = [&](const std::string& name, const std::string& value) {
      for (std::size_t at; (at = text.find(name)) != std::string::npos;)
        text.replace(at, name.size(), value);
    };
    put("CHECKPOINT", checkpoint ? ", checkpoint = true" : "");
    put("[T", "[" + std::to_string(steps));
    auto parsed = parse_graph(context_, text, "text");
    if (const auto* errors = std::get_if<std::vector<Error>>(&parsed))
      throw InternalError((*errors)[0].message);
    return std::move(std::get<Graph>(parsed));
  }

  /// The gradients of the sum of what the layer makes, squared; or its tangents.
  Graph derived(std::int64_t steps, bool checkpoint, bool forward) {
    const Graph function = layer(steps, checkpoint);
    Graph graph(context_, "f");
    Builder b(graph);
    std::vector<Value> leaves, tangents;
    const auto leaf = [&](const std::string& prefix, Value like) {
      return graph.add_leaf(prefix + function.leaf_name(like), Role::input, function.type(like),
                            {});
    };
    for (const Value input : function.inputs) leaves.push_back(leaf("", input));
    const std::vector<Value> of =
        b.ops("call", leaves, {{"function", Body{std::make_shared<Graph>(copy_live(function))}}});
    std::vector<Value> results;
    if (forward) {
      for (const Value input : function.inputs) tangents.push_back(leaf("t_", input));
      for (const Value value : of) results.push_back(build_jvp(b, value, leaves, tangents));
    } else {
      Value sum;
      for (const Value value : of) {
        std::vector<std::int64_t> axes(b.shape(value).size());
        for (std::size_t i = 0; i < axes.size(); ++i) axes[i] = static_cast<std::int64_t>(i);
        const Value square = b.sum(b.mul(value, value), axes);
        sum = sum.valid() ? b.add(sum, square) : square;
      }
      results = build_grad(b, {sum, {}, leaves});
    }
    if (b.error()) throw InternalError(b.error()->message);
    for (const Value result : results)
      graph.outputs.push_back({"y" + std::to_string(graph.outputs.size()), result});
    return graph;
  }

  OpTable ops_ = standard_ops();
  Context context_{ops_};
};

TEST_P(Checkpoint, GivesTheSameBitsInterpreted) {
  for (const bool forward : {false, true})
    for (const std::int64_t steps : {9, 13, 30, 64, 131}) {
      const Graph plain =
          checked(run_pipeline(derived(steps, false, forward), {.stop_after = "simplify.3"})).graph;
      const Graph segments =
          checked(run_pipeline(derived(steps, true, forward), {.stop_after = "simplify.3"})).graph;
      const std::vector<Literal> inputs = test::random_inputs(plain, 1);
      const auto wanted = checked(interpret(plain, inputs));
      const auto got = checked(interpret(segments, inputs));
      for (std::size_t i = 0; i < wanted.size(); ++i)
        EXPECT_EQ(got[i], wanted[i]) << steps << " " << forward << " " << i;
    }
}

TEST_P(Checkpoint, GivesTheSameBitsCompiled) {
  for (const bool forward : {false, true})
    for (const std::int64_t steps : {9, 13, 64, 131, 4093, 4096}) {
      const Graph plain = derived(steps, false, forward);
      const std::vector<Literal> inputs = test::random_inputs(plain, 1);
      const auto wanted = checked(test::run_compiled(plain, inputs));
      const auto got = checked(test::run_compiled(derived(steps, true, forward), inputs));
      for (std::size_t i = 0; i < wanted.size(); ++i)
        EXPECT_EQ(got[i], wanted[i]) << steps << " " << forward << " " << i;
    }
}

TEST_P(Checkpoint, TakesLittleMemory) {
  // What the caller owns is not counted, nor what is made of results of all steps.
  const auto workspace = [&](std::int64_t steps, bool checkpoint, bool forward) {
    return checked(run_pipeline(derived(steps, checkpoint, forward), {})).program->arena_bytes;
  };
  const bool stacks = GetParam().name == "matrices";
  for (const std::int64_t steps : {4093, 4096}) {
    const std::int64_t slices = stacks ? steps * 4 * 8 * 4 : 0; // of results, and cotangents
    EXPECT_LE(8 * (workspace(steps, true, false) - 2 * slices), workspace(steps, false, false));
    EXPECT_LE(8 * workspace(steps, true, true),
              steps * layer(1, false).type(layer(1, false).inputs[0]).bytes());
  }
}

INSTANTIATE_TEST_SUITE_P(Laws, Checkpoint, testing::ValuesIn(layers),
                         [](const auto& each) { return std::string(each.param.name); });

} // namespace
} // namespace nnc
