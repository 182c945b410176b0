// Every rewrite fires on some expression here, and gives the value of what it replaces, and its
// gradients where it is differentiated, wherever that is finite: at random points, at zero, at ties
// and at large arguments.

#include "compiler/rewrite/refine.h"
#include "testing/laws/rewrite_law.h"

#include <gtest/gtest.h>

namespace nnc {
namespace {

TEST(RewriteLaw, EveryRewriteFiresAndKeepsValueAndGradient) {
  const OpTable ops = standard_ops();
  std::set<std::string> fired;
  for (const RewriteSet& set : rewrite_sets())
    for (const Spelling& spelling : spellings_for(set)) {
      const auto findings = rewrite_law(ops, set, spelling);
      EXPECT_EQ(findings.wrong, "");
      fired.insert(findings.fired.begin(), findings.fired.end());
    }
  for (const RewriteSet& set : rewrite_sets())
    for (const auto list : {set.first, set.simplifying})
      for (const Rewrite& rewrite : list)
        EXPECT_TRUE(fired.contains(rewrite_key(rewrite))) << rewrite_key(rewrite) << " never fired";
}

/// The step is left out where there is nothing for it.
TEST(RewriteLaw, NothingIsRefinedWhereNothingIsToRefine) {
  const OpTable ops = standard_ops();
  const Type type{DType::f64, {3, 4}};
  for (const Spelling& spelling : refined_spellings()) {
    Context context(ops);
    Graph graph(context, "one");
    Builder b(graph);
    const Value x = graph.add_leaf("x", Role::input, type, {});
    const Value y = graph.add_leaf("y", Role::input, type, {});
    graph.outputs = {{"f", spelling(b, x, y)}};
    bool refined = false;
    rewrite_graph(
        graph, context, {refining_rewrites()},
        {.on_fired = [&](const Rewrite&, const Graph&, Value, Value) { refined = true; }});
    EXPECT_TRUE(!refined || has_refinable(graph));
  }
}

} // namespace
} // namespace nnc
