// Work is linear in nodes: what passes add, look up, go over and try for a graph of twice the size
// is twice as much. Counted, not timed.

#include "compiler/pipeline.h"
#include "ir/control.h"
#include "ir/modes.h"

#include <gtest/gtest.h>

#include <array>
#include <memory>

namespace nnc {
namespace {

using Make = void (*)(Builder& b, Value x, int nodes);

void chain(Builder& b, Value x, int nodes) {
  constexpr std::array<const char*, 5> ops = {"sin", "tanh", "exp", "neg", "sigmoid"};
  Value y = x;
  for (int i = 0; i < nodes; ++i) y = b.op(ops[static_cast<std::size_t>(i) % ops.size()], {y});
  b.graph().outputs = {{"y", y}, {"g", build_grad(b, {y, {}, {&x, 1}})[0]}};
}

void squares(Builder& b, Value x, int nodes) {
  Value y = x;
  for (int i = 0; i < nodes; ++i) y = b.mul(y, y);
  const Value first = build_grad(b, {y, {}, {&x, 1}})[0];
  b.graph().outputs = {{"h", build_grad(b, {first, {}, {&x, 1}})[0]}};
}

/// Every node has the same last operand.
void fan(Builder& b, Value x, int nodes) {
  std::vector<Value> made;
  for (int i = 0; i < nodes; ++i) made.push_back(b.add(x, 1.5 + i));
  const Value last = b.op("exp", {x});
  Value sum = last;
  for (Value& one : made) one = b.mul(one, last);
  for (const Value one : made) sum = b.add(sum, one);
  b.graph().outputs = {{"y", sum}, {"g", build_grad(b, {sum, {}, {&x, 1}})[0]}};
}

/// Sums over what a loop that may end early stacks, each of those before, all of them gone over by
/// another such loop.
void sums_into_a_loop(Builder& b, Value x, int nodes) {
  Context& context = b.graph().context();
  const auto body = [&](const std::string& name, int slices) {
    auto graph = std::make_shared<Graph>(context, name);
    Builder inside(*graph);
    Value carried = add_input(*graph, "c", {DType::f64, {2}});
    const Value before = carried;
    for (int i = 0; i < slices; ++i)
      carried = inside.add(carried, add_input(*graph, "x" + std::to_string(i), {DType::f64, {2}}));
    carried = inside.op("sin", {carried});
    add_output(*graph, "c1", carried);
    if (slices == 0) add_output(*graph, "y", before);
    return graph;
  };
  const Value start = b.broadcast(x, {2}, {}), count = b.op("cast", {x}, {{"to", DType::i64}});
  const std::vector<Value> made =
      build_loop(b, {.body = body("first", 0), .carries = {start}, .count = count, .length = 4});
  std::vector<Value> sums{b.mul(made[1], made[1])};
  while (std::ssize(sums) < nodes) sums.push_back(b.add(sums.back(), made[1]));
  b.graph().outputs = {{"y", build_loop(b, {.body = body("second", nodes),
                                            .carries = {made[0]},
                                            .over = sums,
                                            .count = count,
                                            .length = 4})[0]}};
}

Work work_for(Make make, int nodes) {
  const OpTable ops = standard_ops();
  Context context(ops);
  Graph graph(context, "f");
  Builder b(graph);
  make(b, graph.add_leaf("x", Role::input, {DType::f64, {}}, {}), nodes);
  if (b.error()) throw InternalError(b.error()->message);
  const auto done = run_pipeline(std::move(graph), {.stop_after = "simplify.3"});
  if (!done) throw InternalError(done.error().message);
  return context.work;
}

void expect_linear(Make make, int nodes) {
  const Work once = work_for(make, nodes), twice = work_for(make, 2 * nodes);
  const auto ratio = [](std::uint64_t n, std::uint64_t n2) {
    return static_cast<double>(n2) / static_cast<double>(n);
  };
  EXPECT_LE(ratio(once.added, twice.added), 2.1);
  EXPECT_LE(ratio(once.swept, twice.swept), 2.1);
  EXPECT_LE(ratio(once.rewrites, twice.rewrites), 2.1);
  EXPECT_LE(ratio(once.slots, twice.slots), 2.1);
  EXPECT_LE(once.slots, 20 * once.added);
}

TEST(Scale, AChainAndItsGradientAreLinear) { expect_linear(chain, 10'000); }
TEST(Scale, TwoGradientsOfSquaresOfSquaresAreLinear) { expect_linear(squares, 5'000); }
TEST(Scale, ManyUsersOfOneValueAreLinear) { expect_linear(fan, 5'000); }
TEST(Scale, SumsThatGoIntoALoopAreLinear) { expect_linear(sums_into_a_loop, 500); }

} // namespace
} // namespace nnc
