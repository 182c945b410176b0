// Every rewrite fires on some expression here, and gives the value of what it replaces, and its
// gradients, wherever that is finite: at random points, at zero, at ties and at large arguments.

#include "compiler/rewrite/refine.h"
#include "testing/laws/rewrite_law.h"

#include <gtest/gtest.h>

namespace nnc {
namespace {

TEST(RewriteLaw, EveryRewriteFiresAndKeepsValueAndGradient) {
  const OpTable ops = standard_ops();
  std::set<std::string> fired;
  for (const Spelling& spelling : rewritten_spellings()) {
    const auto findings =
        rewrite_law(ops, stabilizing_rewrites(), simplifying_rewrites(), spelling);
    EXPECT_EQ(findings.wrong, "");
    fired.insert(findings.fired.begin(), findings.fired.end());
  }
  for (const auto list : {stabilizing_rewrites(), simplifying_rewrites()})
    for (const Rewrite& rewrite : list)
      EXPECT_TRUE(fired.contains(rewrite_key(rewrite))) << rewrite_key(rewrite) << " never fired";
}

TEST(RewriteLaw, EveryRefiningRewriteFiresAndKeepsValue) {
  const OpTable ops = standard_ops();
  std::set<std::string> fired;
  for (const Spelling& spelling : refined_spellings()) {
    const auto findings =
        rewrite_law(ops, refining_rewrites(), simplifying_rewrites(), spelling, false);
    EXPECT_EQ(findings.wrong, "");
    fired.insert(findings.fired.begin(), findings.fired.end());
  }
  for (const Rewrite& rewrite : refining_rewrites())
    EXPECT_TRUE(fired.contains(rewrite_key(rewrite))) << rewrite_key(rewrite) << " never fired";
}

} // namespace
} // namespace nnc
