// At kinks and at the edges of domains the rules of the rows and the dual numbers follow the same
// conventions (language.md section 2), in value and to higher orders; and far out they agree as
// well.

#include "ir/interpret/interpreter.h"
#include "testing/laws/derived_sample.h"
#include "testing/laws/row_laws.h"

#include <gtest/gtest.h>

namespace nnc {
namespace {

class KinkLaw : public testing::TestWithParam<std::string> {};

TEST_P(KinkLaw, RulesFollowTheConventions) {
  const OpTable table = standard_ops();
  const OpRow& row = table.at(GetParam());
  const Findings findings = kink_law(table, row, load_samples(row));
  EXPECT_EQ(findings.wrong, "");
  EXPECT_GT(findings.compared, 0);
}

std::vector<std::string> rows_with_rules() {
  std::vector<std::string> rows = computing_rows();
  const OpTable table = standard_ops();
  std::erase_if(rows, [&](const std::string& name) { return !table.at(name).grad; });
  return rows;
}

INSTANTIATE_TEST_SUITE_P(Rows, KinkLaw, testing::ValuesIn(rows_with_rules()),
                         [](const auto& info) { return info.param; });

class FarLaw : public testing::TestWithParam<std::string> {};

TEST_P(FarLaw, RulesAgreeWhereStepsOverflow) {
  const OpTable table = standard_ops();
  const OpRow& row = table.at(GetParam());
  const Findings findings = far_law(table, row, load_samples(row));
  EXPECT_EQ(findings.wrong, "");
  EXPECT_GT(findings.compared, 0);
}

std::vector<std::string> functions_of_one_float() {
  std::vector<std::string> rows = rows_with_rules();
  const OpTable table = standard_ops();
  std::erase_if(rows, [&](const std::string& name) {
    const OpRow& row = table.at(name);
    return !row.elementwise || load_samples(row).at(0).in.size() != 1;
  });
  return rows;
}

INSTANTIATE_TEST_SUITE_P(Rows, FarLaw, testing::ValuesIn(functions_of_one_float()),
                         [](const auto& info) { return info.param; });

/// Gradient of a reduction of one vector with cotangent 1.
std::vector<double> reduce_gradient(const char* op, std::vector<double> x) {
  const OpTable table = standard_ops();
  const OpRow& row = table.at(op);
  const Type type{DType::f64, {static_cast<std::int64_t>(x.size())}};
  SampleCase sample{.op = op, .attrs = Attrs(row.attrs.size()), .in = {real_literal(type, x)}};
  Context context(table);
  const auto derived = derive_sample(context, row, sample, 1);
  const std::vector<Literal> inputs{sample.in[0], splat_literal({DType::f64, {}}, 1.0)};
  std::vector<double> by_duals;
  for (std::size_t i = 0; i < x.size(); ++i) {
    std::vector<Direction> unit{Direction(x.size(), 0.0)};
    unit[0][i] = 1;
    by_duals.push_back((*jvp_by_duals(*derived->function, sample.in, unit))[0][0]);
  }
  const auto values = interpret(derived->orders[0], inputs);
  EXPECT_EQ(elements_of((*values)[1]), by_duals) << op;
  return by_duals;
}

TEST(Kinks, EqualExtremesShare) {
  EXPECT_EQ(reduce_gradient("max", {1, 3, 0, 3}), (std::vector<double>{0, 0.5, 0, 0.5}));
  EXPECT_EQ(reduce_gradient("min", {2, 2, 5, 2, 2}), (std::vector<double>{.25, .25, 0, .25, .25}));
  EXPECT_EQ(reduce_gradient("max", {-0.0, 0.0}), (std::vector<double>{0.5, 0.5}));
}

TEST(Kinks, ProductsWithZerosAreRight) {
  EXPECT_EQ(reduce_gradient("prod", {2, 0, 3, 5}), (std::vector<double>{0, 30, 0, 0}));
  EXPECT_EQ(reduce_gradient("prod", {2, 0, 0, 5}), (std::vector<double>{0, 0, 0, 0}));
}

} // namespace
} // namespace nnc
