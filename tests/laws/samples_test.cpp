// The interpreter against the samples, and a sample for every row.

#include "ir/interpret/interpreter.h"
#include "testing/samples.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

namespace nnc {
namespace {

int significand_bits(DType dtype) {
  switch (dtype) {
  case DType::f64:
    return 53;
  case DType::f32:
    return 24;
  case DType::f16:
    return 11;
  default:
    return 8;
  }
}

double unit_in_last_place(DType dtype, double value) {
  const int lowest = dtype == DType::f64 ? -1022 : dtype == DType::f16 ? -14 : -126;
  const int exponent = value == 0 ? lowest : std::max(std::ilogb(value), lowest);
  return std::ldexp(1.0, exponent - significand_bits(dtype) + 1);
}

/// How far a result may be from its sample: `units` in the last place of the expected value, or
/// of `floor` where that is larger.
struct Tolerance {
  double units = 0, floor = 0;
};

bool near(DType dtype, double got, double want, Tolerance tolerance) {
  if (std::isnan(want)) return std::isnan(got);
  if (got == want) return std::signbit(got) == std::signbit(want);
  if (!std::isfinite(want) || !std::isfinite(got)) return false;
  const double scale = std::max(std::fabs(want), tolerance.floor);
  return std::fabs(got - want) <= tolerance.units * unit_in_last_place(dtype, scale);
}

/// None where the sample can be exact, one unit where a function is rounded once by libm and once
/// to the dtype, more near the zeros of the functions that have them between the integers.
Tolerance tolerance_of(const SampleCase& sample, const OpRow& row) {
  if (sample.tolerance) return {.units = *sample.tolerance};
  if (sample.op == "lgamma" || sample.op == "polygamma") return {.units = 2, .floor = 1};
  if (!row.elementwise || !row.cost) return {};
  const std::vector<Type> scalars(sample.in.size(), Type{sample.in[0].type.dtype, {}});
  return {.units = row.cost({scalars, scalars, {row, sample.attrs}}) >= 10 ? 1.0 : 0.0};
}

void expect_equal(const SampleCase& sample, const OpRow& row, std::size_t result,
                  const Literal& got) {
  const Literal& want = sample.out[result];
  const std::string where = fmt::format("{} '{}' result {}", sample.op, sample.name, result);
  ASSERT_EQ(to_string(got.type), to_string(want.type)) << where;
  const std::int64_t count = want.type.elements();
  const Tolerance tolerance = tolerance_of(sample, row);
  for (std::int64_t i = 0; i < count; ++i) {
    if (!is_float(want.type.dtype)) {
      EXPECT_EQ(literal_integer(got, i), literal_integer(want, i)) << where << " [" << i << "]";
      continue;
    }
    const double a = literal_real(got, i), b = literal_real(want, i);
    EXPECT_TRUE(near(want.type.dtype, a, b, tolerance))
        << where << fmt::format(" [{}] is {}, not {}", i, a, b);
  }
}

void run_sample(const OpTable& table, const OpRow& row, const SampleCase& sample) {
  SCOPED_TRACE(sample.op + " '" + sample.name + "'");
  Context context(table);
  std::vector<Type> types;
  for (const Literal& literal : sample.in) types.push_back(literal.type);
  const auto graph = sample_graph(context, row, sample.attrs, types);
  ASSERT_TRUE(graph) << graph.error().message;
  const auto results = interpret(*graph, sample.in);
  ASSERT_TRUE(results) << results.error().message;
  ASSERT_EQ(results->size(), sample.out.size());
  for (std::size_t i = 0; i < results->size(); ++i) expect_equal(sample, row, i, (*results)[i]);
}

TEST(Samples, EveryRowHasOne) {
  const OpTable table = standard_ops();
  for (const OpRow* row : table.rows()) {
    if (!computes(*row)) continue;
    EXPECT_TRUE(has_samples(row->name)) << "no samples/" << row->name;
  }
}

TEST(Samples, InterpreterAgrees) {
  const OpTable table = standard_ops();
  std::size_t cases = 0;
  for (const OpRow* row : table.rows()) {
    if (!computes(*row) || !has_samples(row->name)) continue;
    const auto samples = load_samples(*row);
    EXPECT_FALSE(samples.empty()) << row->name;
    for (const SampleCase& sample : samples) run_sample(table, *row, sample);
    cases += samples.size();
  }
  EXPECT_GT(cases, 0u);
}

} // namespace
} // namespace nnc
