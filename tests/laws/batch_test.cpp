// Every row's batch rule: what a batch gives is what each example gives alone, to the bit.

#include "testing/laws/row_laws.h"

#include <gtest/gtest.h>

namespace nnc {
namespace {

class Batches : public testing::TestWithParam<std::string> {};

TEST_P(Batches, GiveWhatEachExampleGives) {
  const OpTable table = standard_ops();
  const OpRow& row = table.at(GetParam());
  const Findings findings = batch_law(table, row, load_samples(row));
  EXPECT_EQ(findings.wrong, "");
  EXPECT_GT(findings.compared, 0); // examples that differ
}

std::vector<std::string> rows_with_operands() {
  std::vector<std::string> rows = computing_rows();
  const OpTable table = standard_ops();
  std::erase_if(rows, [&](const std::string& name) { return table.at(name).max_operands == 0; });
  return rows;
}

INSTANTIATE_TEST_SUITE_P(Rows, Batches, testing::ValuesIn(rows_with_operands()),
                         [](const auto& row) { return row.param; });

} // namespace
} // namespace nnc
