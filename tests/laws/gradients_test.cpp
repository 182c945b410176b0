// Every row's gradient rule, to order 3, against derivatives that do not use it: dual numbers and
// central differences.

#include "ir/pullback.h"
#include "testing/laws/row_laws.h"

#include <gtest/gtest.h>

namespace nnc {
namespace {

class GradientLaw : public testing::TestWithParam<std::string> {};

TEST_P(GradientLaw, HoldsToOrderThree) {
  const OpTable table = standard_ops();
  const OpRow& row = table.at(GetParam());
  const Findings findings = gradient_law(table, row, load_samples(row));
  EXPECT_EQ(findings.wrong, "");
  EXPECT_TRUE(findings.compared > 0 || !row.grad) << "no sample of " << row.name << " was derived";
}

/// A rule with a fault of one kind must not pass.
void expect_caught(std::string_view name, void (*grad)(Pullback&)) {
  OpTable table = standard_ops();
  OpRow broken = table.at(name);
  broken.grad = grad;
  table.add(broken);
  const OpRow& row = table.at(name);
  EXPECT_NE(gradient_law(table, row, load_samples(row)).wrong, "") << name;
}

TEST(GradientLaws, CatchFaultyRules) {
  expect_caught("mul", [](Pullback& p) { // swapped operands
    if (p.needs(0)) p.give(0, p.b.mul(p.ct(), p.in(0)));
    if (p.needs(1)) p.give(1, p.b.mul(p.ct(), p.in(1)));
  });
  expect_caught("sub", [](Pullback& p) { // wrong sign
    if (p.needs(0)) p.give(0, p.ct());
    if (p.needs(1)) p.give(1, p.ct());
  });
  expect_caught("div", [](Pullback& p) { // missing term
    if (p.needs(0)) p.give(0, p.b.div(p.ct(), p.in(1)));
  });
  expect_caught("exp", [](Pullback& p) { // off by a little
    p.give(0, p.b.mul(p.b.mul(p.ct(), p.out()), 1 + 1e-10));
  });
  // Right at first order, a constant to the second.
  expect_caught("tanh", [](Pullback& p) {
    const Value y = p.b.op("stop_gradient", {p.out()});
    p.give(0, p.b.mul(p.ct(), p.b.sub(p.b.full(p.out_type(), 1.0), p.b.mul(y, y))));
  });
  expect_caught("reverse", [](Pullback& p) { p.give(0, p.ct()); });
  expect_caught("sign", [](Pullback& p) { p.give(0, p.ct()); });
}

std::vector<std::string> sampled_rows() {
  const OpTable table = standard_ops();
  std::vector<std::string> names;
  for (const OpRow* row : table.rows())
    if (has_samples(row->name)) names.push_back(row->name);
  return names;
}

INSTANTIATE_TEST_SUITE_P(Rows, GradientLaw, testing::ValuesIn(sampled_rows()),
                         [](const auto& info) { return info.param; });

} // namespace
} // namespace nnc
