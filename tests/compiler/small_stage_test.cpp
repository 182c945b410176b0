// Stages of a few points with sums of a few terms, which are one vector each, and loads that go
// over memory in small steps, against the interpreter at all small sizes.
#include "testing/compiled_run.h"

#include <fmt/format.h>

namespace nnc {
namespace {

using test::expect_same;
using test::Program;
using Integers = std::vector<std::int64_t>;

class SmallStage : public testing::TestWithParam<const char*> {
protected:
  std::string matrix(std::int64_t m, std::int64_t n) const {
    return fmt::format("{}[{},{}]", GetParam(), m, n);
  }
};
INSTANTIATE_TEST_SUITE_P(DTypes, SmallStage, testing::Values("f32", "f64", "bf16", "i32", "i64"));

TEST_P(SmallStage, ProductsInEveryOrientation) {
  Program p;
  const auto turned = [&](Value x) { return p.b.transpose(x, {1, 0}); };
  const auto product = [&](Value a, Value b) { return p.b.dot(a, b, {{}, {}}, {{1}, {0}}); };
  for (const std::int64_t m : {1, 2, 3, 4})
    for (const std::int64_t n : {1, 2, 3, 5})
      for (const std::int64_t k : {1, 2, 4, 7}) {
        const auto named = [&](const char* name) {
          return fmt::format("{}_{}_{}_{}", name, m, n, k);
        };
        const auto input = [&](const char* name, std::int64_t rows, std::int64_t columns) {
          return p.input(named(name), matrix(rows, columns));
        };
        const Value a = input("a", m, k), b = input("b", k, n), c = input("c", m, n);
        const Value at = input("at", k, m), bt = input("bt", n, k);
        p.output(named("ab"), p.b.add(product(a, b), c));
        p.output(named("atb"), product(turned(at), b));
        p.output(named("abt"), p.b.mul(product(a, turned(bt)), c));
        p.output(named("both_turned"), turned(product(turned(at), turned(bt))));
      }
  ASSERT_FALSE(p.b.error()) << p.b.error()->message;
  expect_same(p, 8, 8); // products of up to 8 terms may cancel
}

TEST_P(SmallStage, StepsThroughMemory) {
  Program p;
  for (const std::int64_t length : {5, 16, 37, 64}) {
    const Value x = p.input(fmt::format("x{}", length), matrix(3, length));
    p.output(fmt::format("reversed{}", length), p.b.op("reverse", {x}, {{"axes", Integers{1}}}));
    for (const std::int64_t step : {2, 3, 5})
      p.output(fmt::format("taken{}_{}", length, step),
               p.b.op("slice", {x}, {{"start", Integers{0, 1}}, {"step", Integers{1, step}}}));
  }
  ASSERT_FALSE(p.b.error()) << p.b.error()->message;
  expect_same(p);
}

} // namespace
} // namespace nnc
