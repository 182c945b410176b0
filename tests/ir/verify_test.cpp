// Each rule of ir/verify.h: a graph that breaks it and nothing before it, and what is shown of it.
#include "ir/verify.h"

#include "ir/broken_graphs.h"
#include "ir/builder.h"
#include "ir/kernel/verify.h"
#include "ir/text/parse.h"
#include "places.h"

#include <gtest/gtest.h>

#include <fstream>
#include <set>

namespace nnc::test {
namespace {

class GraphRule : public testing::TestWithParam<BrokenGraph> {};

TEST_P(GraphRule, IsToldApart) {
  const OpTable table = standard_ops();
  Context context(table);
  auto parsed = parse_graph(context, good_graph, "good.nnir");
  ASSERT_EQ(parsed.index(), 0u);
  Graph& graph = std::get<0>(parsed);
  ASSERT_EQ(fault_text(graph, verify(graph)), "");
  GetParam().damage(graph);
  const auto faults = verify(graph);
  ASSERT_FALSE(faults.empty());
  for (const GraphFault& fault : faults) EXPECT_EQ(fault.rule, GetParam().rule);
  EXPECT_EQ("\n" + fault_text(graph, faults), GetParam().text);
}

INSTANTIATE_TEST_SUITE_P(Verify, GraphRule,
                         testing::ValuesIn(broken_graphs().begin(), broken_graphs().end()),
                         [](const auto& each) { return each.param.name; });

TEST(Verify, EveryRuleStandsOnThePage) {
  std::ifstream file(NNC_SOURCE "/docs/text-ir.md");
  const std::string page(std::istreambuf_iterator<char>(file), {});
  const std::string rules = page.substr(page.find("## What must hold"));
  for (const auto& list : {graph_rules(), kernel_rules()})
    for (const std::string_view rule : list)
      EXPECT_NE(rules.find("`" + std::string(rule) + "`"), std::string::npos) << rule;
}

TEST(Verify, EveryRuleOfGraphsHasACase) {
  std::set<std::string_view> tried;
  for (const BrokenGraph& each : broken_graphs()) tried.insert(each.rule);
  for (const std::string_view rule : graph_rules()) EXPECT_TRUE(tried.contains(rule)) << rule;
}

TEST(Verify, LongGraphsShowTheLinesAtFault) {
  const OpTable table = standard_ops();
  Context context(table);
  Graph g(context, "chain");
  Builder b(g);
  Value v = g.add_leaf("x", Role::input, {DType::f32, {}}, {});
  for (int i = 0; i < 1000; ++i) v = b.op(i % 2 ? "neg" : "exp", {v});
  g.outputs = {{"y", v}};
  EXPECT_TRUE(verify(g).empty());
  for (std::uint32_t id = 100; id < 200; id += 2) set_operands(g, id, {Value{500}});
  EXPECT_EQ(verify(g, 20).size(), 20u);
  EXPECT_EQ("\n" + fault_text(g, verify(g, 1)), R"(
func @chain(%x: f32[]) -> (y = %1000) {
  ...
  %98 = neg %97 : f32[]
  %99 = exp %98 : f32[]
  %100 = neg %500 : f32[]
  ^~~~~~~~~~~~~~~~~~~~~~~
  error: operands: operand 0 is not computed before it
  %101 = exp %100 : f32[]
  %102 = neg %500 : f32[]
  ...
}
)");
}

} // namespace
} // namespace nnc::test
