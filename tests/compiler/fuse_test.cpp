#include "compiler/fuse.h"

#include "compiler/differentiate.h"
#include "compiler/lower.h"
#include "compiler/plan.h"
#include "compiler/schedule.h"
#include "ir/builder.h"
#include "ir/text/print.h"
#include "testing/compiled_run.h"

#include <gtest/gtest.h>

#include <functional>

namespace nnc {
namespace {

using Axes = std::vector<std::int64_t>;

/// Mean softmax cross-entropy of a two-layer net, its gradients and a momentum step, by hand.
Graph training_step(Context& context) {
  Graph g(context, "train");
  Builder b(g);
  const auto leaf = [&](const char* name, Role role, Shape shape) {
    return g.add_leaf(name, role, {DType::f32, std::move(shape)}, {});
  };
  const Value x = leaf("x", Role::input, {64, 64}), y = leaf("y", Role::input, {64, 10});
  const std::vector<Value> params{
      leaf("w1", Role::param, {64, 128}), leaf("b1", Role::param, {128}),
      leaf("w2", Role::param, {128, 10}), leaf("b2", Role::param, {10})};
  const auto dense = [&](Value in, Value w, Value bias) {
    const Value z = b.dot(in, w, {{}, {}}, {{1}, {0}});
    return b.add(z, b.broadcast(bias, b.shape(z), {1}));
  };
  const Value h = b.op("tanh", {dense(b.mul(x, 0.0625), params[0], params[1])});
  const Value logits = dense(h, params[2], params[3]);
  const std::vector<std::int64_t> rows{1};
  const Value top = b.op("stop_gradient", {b.op("max", {logits}, {{"axes", rows}})});
  const Value shifted = b.sub(logits, b.broadcast(top, {64, 10}, {0}));
  const Value norm = b.op("log", {b.sum(b.op("exp", {shifted}), {1})});
  const Value row = b.sub(b.mul(norm, b.sum(y, {1})), b.sum(b.mul(y, shifted), {1}));
  const Value loss = b.mul(b.sum(row, {0}), 1.0 / 64);
  std::vector<Value> operands{loss};
  operands.insert(operands.end(), params.begin(), params.end());
  const auto grads = b.ops("grad", operands, {{"wrt", std::int64_t{4}}});
  g.outputs.push_back({"loss", loss});
  for (std::size_t i = 0; i < params.size(); ++i) {
    const std::string name = g.leaf_name(params[i]);
    const Value slot = g.add_leaf("opt." + name, Role::state, g.type(params[i]), {});
    const Value v = b.add(b.mul(slot, 0.9), grads[i]);
    const Value step = b.add(grads[i], b.mul(v, 0.9));
    g.updates.push_back({"opt." + name, v});
    g.updates.push_back({name, b.sub(params[i], b.mul(step, 0.1))});
  }
  EXPECT_FALSE(b.error()) << b.error()->message;
  return g;
}

TEST(Fuse, TrainingStepOfAnMlpIsAFewKernels) {
  const OpTable ops = standard_ops();
  Context context(ops);
  const Graph expanded = differentiate(training_step(context), context);
  SCOPED_TRACE(print_graph(expanded));
  const auto program = plan(schedule(lower(fuse(expanded, context))), max_bytes);
  ASSERT_TRUE(program);
  std::string list;
  for (const Kernel& kernel : program->kernels) {
    list += kernel.name + ": " + std::string(form_name(kernel.form)) + ", " +
            std::to_string(kernel.stages.size()) + " stages:";
    for (const std::uint32_t buffer : buffers_read(kernel))
      list += " " + program->buffers[buffer].name;
    list += " ->";
    for (const std::uint32_t buffer : buffers_written(kernel))
      list += " " + program->buffers[buffer].name;
    list += "\n";
  }
  EXPECT_LE(program->kernels.size(), 10u) << list;
  for (const auto& update : program->updates) EXPECT_EQ(update.copy_from, update.target) << list;
}

// Sums over the first axis that add up: as stages of one kernel each result would go down a column.
TEST(Fuse, ColumnsInMemoryAreNoRows) {
  const OpTable ops = standard_ops();
  Context context(ops);
  Graph g(context, "f");
  Builder b(g);
  const Value x = g.add_leaf("x", Role::input, {DType::f32, {256, 128}}, {});
  const Value y = g.add_leaf("y", Role::input, {DType::f32, {256, 128}}, {});
  const Value first = b.sum(b.op("exp", {x}), {0});
  const Value second = b.sum(b.op("sin", {y}), {0});
  g.outputs.push_back({"both", b.add(b.mul(first, first), second)});
  const KernelProgram program = schedule(lower(fuse(g, context)));
  for (const Kernel& kernel : program.kernels)
    EXPECT_EQ(form_name(kernel.form), "column reduction") << kernel.name;
}

// Column sums that read the same tensor are one kernel, and their sums are what they are alone.
TEST(Fuse, SumsDownTheSameColumnsShareTheirLoops) {
  test::Program p;
  const Value x = p.input("x", "f32[301,37]"), y = p.input("y", "f32[301,37]");
  p.output("sum", p.b.sum(x, {0}));
  p.output("product", p.b.sum(p.b.mul(x, y), {0}));
  p.output("greatest", p.b.op("max", {x}, {{"axes", Axes{0}}}));
  const KernelProgram program = schedule(lower(fuse(p.graph, p.context)));
  EXPECT_EQ(program.kernels.size(), 1u);
  test::expect_same(p, 16, 64);
}

std::size_t expressions(const KernelProgram& program) {
  std::size_t count = 0;
  for (const Kernel& kernel : program.kernels) count += kernel.pool.size();
  return count;
}

std::size_t kernel_size(Context& context, const std::function<Value(Builder&, Value)>& function) {
  Graph g(context, "f");
  Builder b(g);
  const Value x = g.add_leaf("x", Role::input, {DType::f32, {4096}}, {});
  g.outputs.push_back({"y", function(b, x)});
  EXPECT_FALSE(b.error()) << b.error()->message;
  return expressions(fuse(differentiate(g, context), context));
}

// Each level is read at two places; computed in both, n levels would be 2^n expressions.
TEST(Fuse, ValuesReadAtTwoPlacesAreNotComputedInBoth) {
  const OpTable ops = standard_ops();
  Context context(ops);
  const auto product = [](Builder& b, Value x) {
    return b.op("grad", {b.op("prod", {x}, {{"axes", Axes{0}}}), x}, {{"wrt", std::int64_t{1}}});
  };
  EXPECT_LE(kernel_size(context, product), 2000u);
  const auto mirrors = [](Builder& b, Value x) {
    for (int i = 0; i < 12; ++i)
      x = b.op("concat", {x, b.op("reverse", {x}, {{"axes", Axes{0}}})},
               {{"axis", std::int64_t{0}}});
    return x;
  };
  EXPECT_LE(kernel_size(context, mirrors), 2000u);
  const auto rotations = [](Builder& b, Value x) {
    for (int i = 0; i < 12; ++i) x = b.add(x, b.op("reverse", {x}, {{"axes", Axes{0}}}));
    return x;
  };
  EXPECT_LE(kernel_size(context, rotations), 2000u);
}

// The gradient of pooling over windows that overlap, over each place of a window where the greatest
// element stands: nothing is stored that has an element for every place, and the cotangents are
// divided before the windows slide over them, not for each of them.
TEST(Fuse, PoolingStoresNoMaskOfAllWindows) {
  test::Program p;
  const Value x = p.input("x", "f32[2,9,9,20]"), ct = p.input("ct", "f32[2,7,7,20]");
  const Axes two{1, 2}, one{1, 1}, three{3, 3};
  const Value windows =
      p.b.op("window", {p.b.op("exp", {x})},
             {{"axes", two}, {"size", three}, {"stride", one}, {"dilation", one}});
  const Value pooled = p.b.op("max", {windows}, {{"axes", Axes{4, 5}}});
  const Value loss = p.b.sum(p.b.mul(pooled, ct), {0, 1, 2, 3});
  p.output("gx", p.b.op("grad", {loss, x}, {{"wrt", std::int64_t{1}}}));
  p.graph = differentiate(p.graph, p.context);
  const KernelProgram program = fuse(p.graph, p.context);
  for (const Buffer& buffer : program.buffers)
    EXPECT_LE(buffer.type.elements(), 2 * 9 * 9 * 20) << buffer.name;
  test::expect_same(p, 16, 4);
}

} // namespace
} // namespace nnc
