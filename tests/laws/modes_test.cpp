// Forward mode, Jacobians, Hessians and Laplacians of every row. All are made of its one gradient
// rule, so they are held against dual numbers, which never see that rule.

#include "testing/laws/row_laws.h"

#include <gtest/gtest.h>

namespace nnc {
namespace {

class Modes : public testing::TestWithParam<std::string> {};

TEST_P(Modes, AgreeWithDuals) {
  const OpTable table = standard_ops();
  const OpRow& row = table.at(GetParam());
  const ModeFindings findings = mode_law(table, row, load_samples(row));
  EXPECT_EQ(findings.wrong, "");
  EXPECT_GT(findings.forward, 0);
  EXPECT_GT(findings.jacobians, 0);
  EXPECT_GT(findings.hessians, 0);
  EXPECT_GT(findings.leftovers, 0);
  if (findings.pairs) {
    EXPECT_GT(findings.mixed, 0);
  }
}

std::vector<std::string> rows_with_rules() {
  std::vector<std::string> rows = computing_rows();
  const OpTable table = standard_ops();
  std::erase_if(rows, [&](const std::string& name) { return !table.at(name).grad; });
  return rows;
}

INSTANTIATE_TEST_SUITE_P(Rows, Modes, testing::ValuesIn(rows_with_rules()),
                         [](const auto& row) { return row.param; });

} // namespace
} // namespace nnc
