// Every float row in an object file: it needs no library, and gives the bits of `nnc run`.
#include "ir/text/parse.h"
#include "ir/text/print.h"
#include "object/both_ways.h"
#include "object/every_row_model.h"
#include "testing/samples.h"

#include <gtest/gtest.h>

#include <set>

namespace nnc::object_test {
namespace {

constexpr DType dtypes[] = {DType::f32, DType::f64};

/// Both functions, as text and with their inputs.
struct Model {
  OpTable ops = standard_ops();
  Context context{ops};
  std::vector<Function> functions;
  std::string text;
  Model() {
    for (const DType dtype : dtypes) {
      functions.push_back(every_row(context, dtype));
      text += print_graph(functions.back().graph) + "\n";
    }
  }
};

std::set<std::string> rows_of(const Graph& graph) {
  std::set<std::string> rows;
  for (std::uint32_t id = 0; id < graph.node_count(); ++id)
    rows.insert(graph.node(NodeId{id}).row->name);
  return rows;
}

TEST(EveryRow, TheModelHasEachRowThatTakesFloats) {
  const Model model;
  Context context(model.ops);
  const auto parsed = parse_module(context, model.text, "all.nnir");
  const auto* functions = std::get_if<std::vector<TextFunction>>(&parsed);
  ASSERT_TRUE(functions) << std::get<1>(parsed).at(0).message;
  ASSERT_EQ(functions->size(), 2u);
  for (const OpRow* row : model.ops.rows()) {
    if (!computes(*row) || !has_float_samples(*row)) continue;
    for (const TextFunction& function : *functions)
      EXPECT_TRUE(rows_of(*function.graph).contains(row->name))
          << row->name << " has no sample in " << function.graph->name;
  }
}

TEST(EveryRow, TheOtherRowsRefuseFloats) {
  const Model model;
  Context context(model.ops);
  for (const OpRow* row : model.ops.rows()) {
    if (!computes(*row) || has_float_samples(*row)) continue;
    const SampleCase sample = load_samples(*row).at(0);
    Graph graph(context, row->name);
    std::vector<Value> operands;
    for (const Literal& literal : sample.in)
      operands.push_back(graph.add_leaf("x" + std::to_string(operands.size()), Role::input,
                                        {DType::f32, literal.type.shape}, {}));
    EXPECT_FALSE(graph.add(*row, operands, sample.attrs, {})) << row->name;
  }
}

TEST(EveryRow, InAnObjectThatNeedsNothingWithTheBitsOfTheJit) {
  const Model model;
  for (const Function& function : model.functions)
    EXPECT_GT(function.graph.outputs.size(), 400u) << "values and gradients of every row";
  expect_object_like_jit(model.text, model.functions);
}

} // namespace
} // namespace nnc::object_test
