// Reverse mode against forward mode: the gradient of every case, expanded by `differentiate` from
// the rows' rules, and its derivative along a direction by dual numbers, which know no rule.

#include "compiler/differentiate.h"
#include "ir/builder.h"
#include "ir/interpret/interpreter.h"
#include "nn/built.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace nnc::nn {
namespace {

/// Float leaves of a case that have a direction.
std::vector<std::size_t> variables(const Built& built, const Case& c) {
  std::vector<std::size_t> leaves;
  for (std::size_t i = 0; i < built.operand_of.size(); ++i)
    if (const int operand = built.operand_of[i];
        operand >= 0 && c.tangents[static_cast<std::size_t>(operand)])
      leaves.push_back(i);
  return leaves;
}

/// Makes the outputs those of `grad` of the sum of squares of all float results.
void differentiate_squares(Built& built, const std::vector<std::size_t>& leaves) {
  nnc::Builder builder(built.graph);
  std::optional<Value> total;
  for (const Output& output : built.graph.outputs) {
    if (!is_float(builder.dtype(output.value))) continue;
    std::vector<std::int64_t> axes(static_cast<std::size_t>(builder.rank(output.value)));
    std::iota(axes.begin(), axes.end(), 0);
    const Value squares = builder.sum(builder.mul(output.value, output.value), axes);
    total = total ? builder.add(*total, squares) : squares;
  }
  std::vector<Value> operands = {*total};
  for (const std::size_t leaf : leaves) operands.push_back(built.graph.inputs[leaf]);
  const auto gradients =
      builder.ops("grad", operands, {{"wrt", static_cast<std::int64_t>(leaves.size())}});
  ASSERT_FALSE(builder.error()) << builder.error()->message;
  built.graph.outputs = {{"loss", *total}};
  for (std::size_t i = 0; i < gradients.size(); ++i)
    built.graph.outputs.push_back({"g" + std::to_string(i), gradients[i]});
  built.graph.updates.clear();
}

void expect_gradient(Context& context, Built& built, const Case& c) {
  const auto leaves = variables(built, c);
  if (leaves.empty()) return;
  std::vector<Direction> tangents(built.fed.size());
  for (const std::size_t leaf : leaves)
    tangents[leaf] = reals(*c.tangents[static_cast<std::size_t>(built.operand_of[leaf])]);
  differentiate_squares(built, leaves);
  const Graph expanded = differentiate(built.graph, context);
  const auto got = interpret(expanded, built.fed);
  ASSERT_TRUE(got) << got.error().message;
  double along = 0, size = 1;
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    const std::vector<double> gradient = reals((*got)[i + 1]);
    for (std::size_t k = 0; k < gradient.size(); ++k) {
      along += gradient[k] * tangents[leaves[i]][k];
      size = std::max(size, std::abs(gradient[k]));
    }
  }
  // Dual numbers go through the function alone: `grad` has no element.
  Graph& forward = built.graph;
  forward.outputs.resize(1);
  const auto duals = jvp_by_duals(forward, built.fed, tangents);
  ASSERT_TRUE(duals) << duals.error().message;
  const double want = (*duals)[0].empty() ? 0 : (*duals)[0][0];
  EXPECT_NEAR(along, want, 1e-11 * size);
}

class Gradients : public testing::TestWithParam<std::string> {};

TEST_P(Gradients, AgreeWithDualNumbers) {
  const OpTable ops = standard_ops();
  const FunctionTable functions = standard_functions();
  for (const Case& c : load_cases(GetParam())) {
    if (c.tangents.empty() || !is_float(c.out[0].type.dtype)) continue;
    SCOPED_TRACE(c.function + ": " + c.name);
    Context context(ops);
    auto built = build_case(context, functions, c, DType::f64);
    ASSERT_TRUE(built) << built.error().message;
    expect_gradient(context, *built, c);
  }
}

INSTANTIATE_TEST_SUITE_P(Nn, Gradients, testing::ValuesIn(families()),
                         [](const auto& info) { return info.param; });

} // namespace
} // namespace nnc::nn
