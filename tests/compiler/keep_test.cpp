// The cheapest choice of what to keep and what to compute is that of trying all.
#include "compiler/loops/keep.h"
#include "ir/builder.h"

#include <gtest/gtest.h>

#include <random>

namespace nnc {
namespace {

constexpr std::int64_t never = ValueCosts::never;

/// What a choice costs; nothing where it cannot be made.
std::optional<std::int64_t> cost_of(const Graph& graph, const ValueCosts& costs,
                                    const std::vector<Has>& has) {
  std::int64_t sum = 0;
  for (std::uint32_t id = 0; id < graph.value_count(); ++id) {
    const std::int64_t cost = has[id] == Has::kept       ? costs.keep[id]
                              : has[id] == Has::computed ? costs.compute[id]
                                                         : costs.worth[id];
    if (cost == never) return std::nullopt;
    sum += cost;
    if (has[id] != Has::computed) continue;
    for (const Value operand : graph.operands(graph.node_of(Value{id})))
      if (has[operand.id] == Has::nothing) return std::nullopt;
  }
  return sum;
}

std::int64_t least(const Graph& graph, const ValueCosts& costs) {
  std::int64_t best = never;
  std::vector<Has> has(graph.value_count());
  std::size_t choices = 1;
  for (std::size_t i = 0; i < has.size(); ++i) choices *= 3;
  for (std::size_t choice = 0; choice < choices; ++choice) {
    std::size_t rest = choice;
    for (Has& each : has) {
      each = static_cast<Has>(rest % 3);
      rest /= 3;
    }
    best = std::min(best, cost_of(graph, costs, has).value_or(never));
  }
  return best;
}

/// Two leaves and six sums of any two values before.
Graph random_sums(Context& context, std::mt19937& random) {
  Graph graph(context, "f");
  Builder b(graph);
  std::vector<Value> values;
  for (const char* name : {"x", "y"})
    values.push_back(graph.add_leaf(name, Role::input, {DType::f32, {}}, {}));
  while (graph.value_count() < 8)
    values.push_back(b.add(values[random() % values.size()], values[random() % values.size()]));
  graph.outputs.push_back({"z", values.back()});
  return graph;
}

TEST(Keep, TheCheapestChoiceOfAll) {
  const OpTable table = standard_ops();
  Context context(table);
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    const Graph graph = random_sums(context, random);
    ValueCosts costs(graph);
    const auto number = [&](std::uint32_t chance_of_never) {
      return random() % 8 < chance_of_never ? never : static_cast<std::int64_t>(random() % 10);
    };
    for (std::uint32_t id = 0; id < graph.value_count(); ++id) {
      const bool leaf = graph.is_leaf(Value{id});
      costs.keep[id] = number(leaf ? 0 : 2);
      costs.compute[id] = leaf ? never : number(costs.keep[id] == never ? 0 : 2);
      costs.worth[id] = number(1);
    }
    const auto got = cost_of(graph, costs, cheapest(graph, costs));
    ASSERT_TRUE(got) << round;
    EXPECT_EQ(*got, least(graph, costs)) << round;
  }
}

TEST(Keep, OfEqualChoicesTheFewestValues) {
  const OpTable table = standard_ops();
  Context context(table);
  Graph graph(context, "f");
  Builder b(graph);
  const Value x = graph.add_leaf("x", Role::input, {DType::f32, {}}, {});
  const Value y = b.neg(x);
  ValueCosts costs(graph);
  costs.keep = {5, 5};
  costs.compute[y.id] = 0;
  costs.worth[y.id] = 5;
  EXPECT_EQ(cheapest(graph, costs), (std::vector{Has::nothing, Has::nothing}));
  costs.worth[y.id] = 6;
  EXPECT_EQ(cheapest(graph, costs), (std::vector{Has::nothing, Has::kept}));
}

} // namespace
} // namespace nnc
