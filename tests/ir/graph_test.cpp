// What passes share: copies of what is live, and literals seen through what repeats them.
#include "ir/graph.h"

#include "ir/builder.h"
#include "ir/text/parse.h"
#include "ir/text/print.h"

#include <gtest/gtest.h>

namespace nnc {
namespace {

constexpr std::string_view text = R"(func @f(%x: f32[2], param %w: f32[2]) -> (%y) update (w = %v) {
  %a    = add %x, %w : f32[2]
  %dead = exp %a     : f32[2]
  %y    = mul %a, %a : f32[2]
  %v    = neg %w     : f32[2]
}
)";

class Graphs : public testing::Test {
protected:
  const OpTable table = standard_ops();
  Context context{table};

  Graph parsed() {
    auto graph = parse_graph(context, text, "f.nnir");
    EXPECT_EQ(graph.index(), 0u);
    return std::move(std::get<Graph>(graph));
  }
};

TEST_F(Graphs, CopyLiveDropsWhatNothingNeedsAndKeepsTheRest) {
  const Graph from = parsed();
  const Graph to = copy_live(from);
  EXPECT_EQ(to.node_count(), from.node_count() - 1);
  EXPECT_EQ(print_graph(to), print_graph(from)) << "only what is live is printed";
}

TEST_F(Graphs, CopyLiveVisitsInOrderAndTakesWhatVisitorsPutInstead) {
  const Graph from = parsed();
  Graph to(context, from.name);
  Builder b(to);
  std::vector<Value> map;
  std::vector<std::string> seen;
  copy_live(from, to, map, [&](NodeId id) {
    const Node& node = from.node(id);
    seen.push_back(from.value_name(node.first));
    if (node.row->commutative && node.inputs[0] == node.inputs[1])
      map[node.first.id] = b.op("exp", {map[node.inputs[0].id]});
    else
      copy_node(from, id, to, map);
  });
  EXPECT_EQ(seen, (std::vector<std::string>{"x", "w", "a", "y", "v"}));
  EXPECT_EQ(to.producer(to.outputs[0].value).row->name, "exp");
  EXPECT_EQ(to.updates[0].target, "w");
}

TEST_F(Graphs, LiteralsAreSeenThroughWhatRepeatsThemAlone) {
  Graph graph(context, "g");
  Builder b(graph);
  const Value two = b.scalar(DType::f32, 2);
  EXPECT_EQ(literal_behind(graph, two), two);
  EXPECT_EQ(literal_behind(graph, b.broadcast(two, {3}, {})), two);
  EXPECT_FALSE(literal_behind(graph, b.op("exp", {two})).valid());
  EXPECT_FALSE(literal_behind(graph, b.reshape(two, {1})).valid());
  EXPECT_FALSE(literal_behind(graph, b.neg(b.broadcast(two, {3}, {}))).valid());
}

} // namespace
} // namespace nnc
