// Derivatives in narrow floats: what every row's rule gives in f32, f16 and bf16 is what it gives
// in f64, but for rounding.

#include "ir/interpret/interpreter.h"
#include "laws/random_graph.h"
#include "testing/checked.h"
#include "testing/epsilon.h"
#include "testing/laws/derived_sample.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace nnc {
namespace {

constexpr int highest_order = 3;
constexpr double units = 64;      ///< of the largest element
constexpr double draws_cover = 8; ///< what several draws of noise show, to what rounding may do

/// Beyond these a float loses more than rounding.
struct Limits {
  double smallest, largest;
};
Limits limits(DType dtype) { return dtype == DType::f16 ? Limits{1e-4, 3e4} : Limits{1e-36, 1e37}; }

bool within(const Literal& literal, const Limits& limits) {
  if (!is_float(literal.type.dtype)) return true;
  const std::vector<double> elements = elements_of(literal);
  return std::ranges::all_of(elements, [&](double x) {
    return x == 0 || (std::fabs(x) >= limits.smallest && std::fabs(x) <= limits.largest);
  });
}

/// Numbers of the narrow float, in f64.
std::vector<Literal> draw_inputs(const OpRow& row, const SampleCase& sample, const Graph& graph,
                                 DType narrow, Random& random) {
  std::vector<Literal> inputs;
  for (std::size_t i = 0; i < graph.inputs.size(); ++i) {
    const Type& type = graph.type(graph.inputs[i]);
    if (!is_float(type.dtype)) {
      inputs.push_back(sample.in[i]);
      continue;
    }
    std::vector<double> elements = random.direction(type);
    if (i < sample.in.size() && row.elementwise)
      for (std::size_t k = 0; k < elements.size(); ++k)
        elements[k] =
            literal_real(sample.in[i], static_cast<std::int64_t>(k)) * (1 + 0.003 * elements[k]);
    const Literal rounded = real_literal({narrow, type.shape}, elements);
    inputs.push_back(real_literal(type, elements_of(rounded)));
  }
  return inputs;
}

struct Compared {
  int outputs = 0;
  std::string wrong;
};

void compare(const OpRow& row, const SampleCase& sample, const Graph& graph, DType narrow,
             int order, Compared& compared) {
  Random random(11);
  const std::vector<Literal> inputs = draw_inputs(row, sample, graph, narrow, random);
  bool fits = true;
  const auto watch = [&](Value, const Literal& value) {
    fits = fits && within(value, limits(narrow));
  };
  const auto wanted = checked(interpret(graph, inputs, {.watch = watch}));
  if (!fits) return;
  std::vector<Literal> narrow_inputs;
  for (const Literal& input : inputs) narrow_inputs.push_back(narrowed(input, narrow));
  const auto got = checked(interpret(narrowed(graph, narrow), narrow_inputs));
  const std::vector<double> noise = spread(graph, inputs, epsilon(narrow));
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (!is_float(wanted[i].type.dtype)) continue;
    const auto a = elements_of(got[i]), w = elements_of(wanted[i]);
    double largest = 0;
    for (const double x : w) largest = std::max(largest, std::fabs(x));
    const double allowed = units * epsilon(narrow) * largest + draws_cover * noise[i];
    for (std::size_t k = 0; k < a.size(); ++k)
      if (!(std::fabs(a[k] - w[k]) <= allowed))
        compared.wrong +=
            fmt::format("{} '{}' {}, order {}, result {} [{}]: {}, not {} +- {}\n", row.name,
                        sample.name, dtype_name(narrow), order, i, k, a[k], w[k], allowed);
    compared.outputs += static_cast<int>(a.size());
  }
}

class NarrowFloats : public testing::TestWithParam<std::string> {};

TEST_P(NarrowFloats, HaveTheDerivativesOfWideOnes) {
  const OpTable table = standard_ops();
  const OpRow& row = table.at(GetParam());
  if (!row.grad) return;
  for (const DType narrow : {DType::f32, DType::bf16, DType::f16}) {
    Compared compared;
    for (const SampleCase& sample : load_samples(row)) {
      const bool smooth = !row.elementwise || sample.name.starts_with("basic");
      const bool wide = std::ranges::none_of(sample.in, [](const Literal& literal) {
        return literal.type.dtype == DType::f16 || literal.type.dtype == DType::bf16;
      });
      Context context(table);
      const auto derived =
          smooth && wide ? derive_sample(context, row, sample, highest_order) : std::nullopt;
      if (!derived) continue;
      for (int order = 1; order <= highest_order; ++order)
        compare(row, sample, derived->orders[static_cast<std::size_t>(order - 1)], narrow, order,
                compared);
    }
    EXPECT_EQ(compared.wrong, "");
    EXPECT_GT(compared.outputs, 0) << row.name << " in " << dtype_name(narrow);
  }
}

INSTANTIATE_TEST_SUITE_P(Rows, NarrowFloats, testing::ValuesIn(computing_rows()),
                         [](const auto& info) { return info.param; });

} // namespace
} // namespace nnc
