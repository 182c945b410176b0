// Scans with `checkpoint` that go over slices: first derivatives are those without it to the bit,
// derivatives of derivatives to rounding, by the interpreter and in compiled f32. All keep about
// the root of the steps, whatever is stacked and read of that.
#include "compiler/pipeline.h"
#include "ir/cost.h"
#include "ir/interpret/interpreter.h"
#include "ir/modes.h"
#include "ir/text/parse.h"
#include "testing/checked.h"
#include "testing/compiled_run.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

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

std::string layer_text(const Layer& layer, std::int64_t steps, bool checkpoint) {
  std::string text(layer.text);
  const auto put = [&](const std::string& name, const std::string& value) {
    for (std::size_t at; (at = text.find(name)) != std::string::npos;)
      text.replace(at, name.size(), value);
  };
  put("CHECKPOINT", checkpoint ? ", checkpoint = true" : "");
  put("[T", "[" + std::to_string(steps));
  return text;
}

enum class Mode { gradient, seeded, tangent, jacobian, hessian, hessian_vector, third };
constexpr std::pair<std::string_view, Mode> modes[] = {
    {"gradient", Mode::gradient}, {"seeded", Mode::seeded},
    {"tangent", Mode::tangent},   {"jacobian", Mode::jacobian},
    {"hessian", Mode::hessian},   {"hessian_vector", Mode::hessian_vector},
    {"third", Mode::third}};

class Checkpoint : public testing::TestWithParam<Layer> {
protected:
  Graph layer(std::int64_t steps, bool checkpoint) {
    auto parsed = parse_graph(context_, layer_text(GetParam(), steps, checkpoint), "text");
    if (const auto* errors = std::get_if<std::vector<Error>>(&parsed))
      throw InternalError((*errors)[0].message);
    return std::move(std::get<Graph>(parsed));
  }

  struct Derived {
    Graph graph;
    Builder b{graph};
    std::vector<Value> leaves = {};       ///< of the layer
    std::vector<Value> of = {}, wrt = {}; ///< what it makes; its leaves but for the slices
    Value sum;                            ///< of what the layer makes, squared

    explicit Derived(Context& context) : graph(context, "f") {}
    /// A leaf for each of `wrt`, of its type.
    std::vector<Value> directions() {
      std::vector<Value> made;
      for (const Value like : wrt)
        made.push_back(
            graph.add_leaf("t_" + graph.leaf_name(like), Role::input, graph.type(like), {}));
      return made;
    }
    Value whole_sum(Value value) {
      std::vector<std::int64_t> axes(b.shape(value).size());
      std::iota(axes.begin(), axes.end(), 0);
      return axes.empty() ? value : b.sum(value, axes);
    }
    /// The sum of products of gradients and directions.
    Value along(Value value, std::span<const Value> directions) {
      Value total;
      const std::vector<Value> gradients = build_grad(b, {value, {}, wrt});
      for (std::size_t i = 0; i < gradients.size(); ++i) {
        const Value term = whole_sum(b.mul(gradients[i], directions[i]));
        total = total.valid() ? b.add(total, term) : term;
      }
      return total;
    }
  };

  Graph derived(std::int64_t steps, bool checkpoint, Mode mode) {
    const Graph function = layer(steps, checkpoint);
    Derived d(context_);
    for (const Value input : function.inputs) {
      const std::string& name = function.leaf_name(input);
      const Value leaf = d.graph.add_leaf(name, Role::input, function.type(input), {});
      d.leaves.push_back(leaf);
      if (mode == Mode::gradient || name != "xs") d.wrt.push_back(leaf);
    }
    d.of = d.b.ops("call", d.leaves,
                   {{"function", Body{std::make_shared<Graph>(copy_live(function))}}});
    for (const Value value : d.of) {
      const Value square = d.whole_sum(d.b.mul(value, value));
      d.sum = d.sum.valid() ? d.b.add(d.sum, square) : square;
    }
    const std::vector<Value> results = results_of(d, mode);
    if (d.b.error()) throw InternalError(d.b.error()->message);
    for (const Value result : results)
      d.graph.outputs.push_back({"y" + std::to_string(d.graph.outputs.size()), result});
    return std::move(d.graph);
  }

  static std::vector<Value> results_of(Derived& d, Mode mode) {
    Builder& b = d.b;
    switch (mode) {
    case Mode::gradient:
      return build_grad(b, {d.sum, {}, d.wrt});
    case Mode::seeded: {
      const Value seed = d.graph.add_leaf("seed", Role::input, b.type(d.of.back()), {});
      return build_grad(b, {d.of.back(), seed, d.wrt});
    }
    case Mode::tangent:
      return {build_jvp(b, d.of[0], d.wrt, d.directions())};
    case Mode::jacobian:
      return {build_jacobian(b, d.of[0], d.wrt[0])};
    case Mode::hessian:
      return {build_hessian(b, d.sum, {d.wrt.data(), 1})[0]};
    case Mode::hessian_vector:
      return build_hvp(b, d.sum, d.wrt, d.directions());
    case Mode::third: {
      const std::vector<Value> directions = d.directions();
      return build_grad(b, {d.along(d.along(d.sum, directions), directions), {}, d.wrt});
    }
    }
    return {};
  }

  void expect_same_interpreted();

  /// What the caller owns is not counted.
  std::int64_t workspace(std::int64_t steps, bool checkpoint, Mode mode) {
    return checked(run_pipeline(derived(steps, checkpoint, mode), {})).program->arena_bytes;
  }

  OpTable ops_ = standard_ops();
  Context context_{ops_};
};

/// First derivatives add in the same order with and without segments. Those of derivatives meet
/// what comes from the beginnings of segments elsewhere: they agree to rounding.
void expect_same(const std::vector<Literal>& got, const std::vector<Literal>& wanted, Mode mode,
                 const std::string& what) {
  ASSERT_EQ(got.size(), wanted.size());
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const std::string name = what + " " + std::to_string(i);
    if (mode < Mode::hessian) {
      EXPECT_EQ(got[i], wanted[i]) << name;
      continue;
    }
    double largest = 0;
    for (std::int64_t at = 0; at < wanted[i].type.elements(); ++at)
      largest = std::max(largest, std::abs(literal_real(wanted[i], at)));
    EXPECT_TRUE(std::isfinite(largest)) << name;
    test::expect_near(got[i], wanted[i], 1000, largest, name);
  }
}

void Checkpoint::expect_same_interpreted() {
  for (const auto& [name, mode] : modes)
    for (const std::int64_t steps : {9, 13, 30, 64, 131}) {
      if (steps > 30 && mode >= Mode::hessian) continue; // for the time that it takes
      const Graph plain =
          checked(run_pipeline(derived(steps, false, mode), {.stop_after = "simplify.3"})).graph;
      const Graph segments =
          checked(run_pipeline(derived(steps, true, mode), {.stop_after = "simplify.3"})).graph;
      const std::vector<Literal> inputs = test::random_inputs(plain, 1);
      expect_same(checked(interpret(segments, inputs)), checked(interpret(plain, inputs)), mode,
                  std::string(name) + " " + std::to_string(steps));
    }
}

TEST_P(Checkpoint, GivesTheSameInterpreted) { expect_same_interpreted(); }

TEST_P(Checkpoint, GivesTheSameCompiled) {
  for (const auto& [name, mode] : modes) {
    const bool first = mode == Mode::gradient || mode == Mode::tangent;
    const std::vector<std::int64_t> all = {9, 13, 64, 131, 4093, 4096}, few = {131};
    for (const std::int64_t steps : first ? all : few) {
      const Graph plain = derived(steps, false, mode);
      const std::vector<Literal> inputs = test::random_inputs(plain, 1);
      expect_same(checked(test::run_compiled(derived(steps, true, mode), inputs)),
                  checked(test::run_compiled(plain, inputs)), mode,
                  std::string(name) + " " + std::to_string(steps));
    }
  }
}

TEST_P(Checkpoint, TakesLittleMemory) {
  for (const auto& [name, mode] : modes) {
    const bool forward = mode == Mode::tangent || mode == Mode::jacobian;
    const std::int64_t slices = 4096 * layer(1, false).type(layer(1, false).inputs[0]).bytes();
    for (const std::int64_t steps : {4093, 4096})
      EXPECT_LE(8 * workspace(steps, true, mode), forward ? slices : workspace(steps, false, mode))
          << steps << " " << name;
    // Four times the steps are twice the segments of twice the length.
    EXPECT_LE(10 * workspace(4096, true, mode), 22 * workspace(1024, true, mode)) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(Laws, Checkpoint, testing::ValuesIn(layers),
                         [](const auto& each) { return std::string(each.param.name); });

/// Two scans that are no one loop: what the second reads of the first is run again, and has no
/// elements in part.
constexpr Layer partly_empty[] = {{"an_empty_result", R"(
func @first(%c: f32[8], %x: f32[8], %w: f32[8]) -> (%c1, y = %c1, %none) {
  %c1 = sin add(mul(%c, %w), %x) : f32[8]
  %none = slice %c1 {start = [0], stop = [0]} : f32[0]
}
func @second(%c: f32[8], %y: f32[8], %none: f32[0]) -> (%c1) {
  %c1 = sin add(add(%c, %y), broadcast(sum(%none {axes = [0]}) {shape = [8]})) : f32[8]
}
func @layer(%c0: f32[8], %xs: f32[T,8], %w: f32[8]) -> (%c2) {
  %c1, %ys, %none = scan %c0, %xs, %w {body = @first, carries = 1, over = 1CHECKPOINT}
    : f32[8], f32[T,8], f32[T,0]
  %c2 = scan %c0, %ys, %none {body = @second, carries = 1, over = 2, reverse = trueCHECKPOINT}
    : f32[8]
})"}};

class CheckpointOfTwo : public Checkpoint {};

TEST_P(CheckpointOfTwo, GivesTheSameInterpreted) { expect_same_interpreted(); }

INSTANTIATE_TEST_SUITE_P(Laws, CheckpointOfTwo, testing::ValuesIn(partly_empty),
                         [](const auto& each) { return std::string(each.param.name); });

/// What is not worth the work of running it again: two scans that are no one loop, of which the
/// second reads what the first stacks.
constexpr Layer not_worth_it[] = {{"little_to_keep", R"(
func @first(%x: f32[], %w: f32[64,64]) -> (%y) {
  %y = sum sin(mul(broadcast(%x {shape = [64,64]}), %w)) {axes = [0,1]} : f32[]
}
func @second(%c: f32[], %y: f32[], %w: f32[64,64]) -> (%c1) {
  %a = add %c, %y : f32[]
  %c1 = sum cos(mul(broadcast(%a {shape = [64,64]}), %w)) {axes = [0,1]} : f32[]
}
func @f(%c0: f32[], %xs: f32[16], %w: f32[64,64]) -> (%c2) {
  %ys = scan %xs, %w {body = @first, carries = 0, over = 1CHECKPOINT} : f32[16]
  %c2 = scan %c0, %ys, %w {body = @second, carries = 1, over = 1, reverse = trueCHECKPOINT} : f32[]
})"}};

class CheckpointWork : public testing::TestWithParam<Layer> {
protected:
  /// Arithmetic of what is run.
  double arithmetic(bool checkpoint) {
    auto parsed = parse_graph(context_, layer_text(GetParam(), 16, checkpoint), "text");
    if (const auto* errors = std::get_if<std::vector<Error>>(&parsed))
      throw InternalError((*errors)[0].message);
    const Graph graph =
        checked(run_pipeline(std::move(std::get<Graph>(parsed)), {.stop_after = "simplify.3"}))
            .graph;
    const std::vector<bool> live = graph.live_nodes();
    double sum = 0;
    for (std::uint32_t id = 0; id < graph.node_count(); ++id)
      if (live[id]) sum += node_cost(graph, NodeId{id});
    return sum;
  }

  OpTable ops_ = standard_ops();
  Context context_{ops_};
};

TEST_P(CheckpointWork, IsThatWithoutWhereKeepingCostsLess) {
  EXPECT_EQ(arithmetic(true), arithmetic(false));
}

INSTANTIATE_TEST_SUITE_P(Laws, CheckpointWork, testing::ValuesIn(not_worth_it),
                         [](const auto& each) { return std::string(each.param.name); });

} // namespace
} // namespace nnc
