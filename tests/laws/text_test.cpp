// Every row as text: what is printed parses back to a graph that prints the same and, run, gives
// the same bits.

#include "ir/interpret/interpreter.h"
#include "ir/text/parse.h"
#include "ir/text/print.h"
#include "testing/samples.h"

#include <gtest/gtest.h>

namespace nnc {
namespace {

std::string text_of(const Graph& graph) { return print_graph(graph, {.origins = false}); }

/// The graph that `text` describes; a failure of the test shows why there is none.
std::optional<Graph> parsed(Context& context, const std::string& text) {
  auto result = parse_graph(context, text, "test.nnir");
  if (auto* graph = std::get_if<Graph>(&result)) return std::move(*graph);
  for (const Error& error : std::get<1>(result))
    ADD_FAILURE() << error.place.line << ":" << error.place.column << ": " << error.message << "\n"
                  << text;
  return std::nullopt;
}

void expect_same_results(const Graph& a, const Graph& b, std::span<const Literal> in) {
  const auto x = interpret(a, in), y = interpret(b, in);
  ASSERT_TRUE(x && y);
  ASSERT_EQ(x->size(), y->size());
  for (std::size_t i = 0; i < x->size(); ++i) EXPECT_TRUE((*x)[i] == (*y)[i]) << "result " << i;
}

void round_trip(const OpTable& table, const Graph& graph, std::span<const Literal> in) {
  const std::string text = text_of(graph);
  SCOPED_TRACE(text);
  Context fresh(table); // interning must not hide that something was lost
  const auto again = parsed(fresh, text);
  ASSERT_TRUE(again);
  EXPECT_EQ(text_of(*again), text);
  expect_same_results(graph, *again, in);
}

TEST(TextLaw, EverySampleOfEveryRowSurvives) {
  const OpTable table = standard_ops();
  std::size_t cases = 0;
  for (const OpRow* row : table.rows()) {
    if (!has_samples(row->name)) continue;
    for (const SampleCase& sample : load_samples(*row)) {
      SCOPED_TRACE(sample.op + " '" + sample.name + "'");
      Context context(table);
      std::vector<Type> types;
      for (const Literal& literal : sample.in) types.push_back(literal.type);
      const auto graph = sample_graph(context, *row, sample.attrs, types);
      ASSERT_TRUE(graph) << graph.error().message;
      round_trip(table, *graph, sample.in);
      ++cases;
    }
  }
  EXPECT_GT(cases, 300u);
}

// The operands as literals inside the text: every dtype, NaN, infinities, -0 and empty tensors.
TEST(TextLaw, EveryOperandSurvivesAsALiteral) {
  const OpTable table = standard_ops();
  for (const OpRow* row : table.rows()) {
    if (!has_samples(row->name)) continue;
    for (const SampleCase& sample : load_samples(*row)) {
      SCOPED_TRACE(sample.op + " '" + sample.name + "'");
      Context context(table);
      Graph graph(context, "literals");
      for (const Literal& literal : sample.in) {
        const auto node = graph.add(table.at("constant"), {}, {literal.type, literal}, {});
        ASSERT_TRUE(node);
        graph.outputs.push_back({"y" + std::to_string(graph.outputs.size()), graph.result(*node)});
      }
      round_trip(table, graph, {});
    }
  }
}

} // namespace
} // namespace nnc
