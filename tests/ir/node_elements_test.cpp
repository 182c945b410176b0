// Single elements of nodes: the same numbers as the interpreter's, and exactly what they read.
// Graphs in f64 beside narrower ones.
#include "ir/interpret/interpreter.h"
#include "ir/interpret/node_elements.h"
#include "ir/text/parse.h"
#include "ir/text/print.h"
#include "ir/widen.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace nnc {
namespace {

using interpreter::NodeElements;
using interpreter::TapeCache;

using Reads = std::vector<std::pair<int, std::int64_t>>;

Literal literal(const Type& type, const std::vector<double>& elements) {
  auto bytes = std::make_shared<std::vector<std::byte>>(static_cast<std::size_t>(type.bytes()));
  for (std::size_t i = 0; i < elements.size(); ++i) {
    const auto at = static_cast<std::int64_t>(i);
    if (is_float(type.dtype))
      store_real(type.dtype, bytes->data(), at, elements[i]);
    else
      store_integer(type.dtype, bytes->data(), at, static_cast<std::int64_t>(elements[i]));
  }
  return {type, std::move(bytes)};
}

class Elements : public testing::Test {
protected:
  const Graph& parse(const std::string& text) {
    auto parsed = parse_graph(context_, text, "test");
    if (auto* errors = std::get_if<std::vector<Error>>(&parsed))
      ADD_FAILURE() << errors->at(0).message;
    return graph_.emplace(std::move(std::get<Graph>(parsed)));
  }

  /// The operands of the one output of the last graph are its inputs, in order.
  Reads reads(const std::vector<Literal>& inputs, std::int64_t element) {
    const Value result = graph_->outputs[0].value;
    TapeCache cache;
    NodeElements elements(*graph_, graph_->node_of(result), inputs, cache);
    const auto traced = elements.at(0, element);
    const auto all = interpret(*graph_, inputs);
    EXPECT_EQ(traced.value, literal_real((*all)[0], element));
    Reads found;
    for (const auto& read : traced.reads) found.emplace_back(read.operand, read.element);
    std::ranges::sort(found);
    return found;
  }

  OpTable table_ = standard_ops();
  Context context_{table_};
  std::optional<Graph> graph_;
};

TEST_F(Elements, OfElementwiseNodesAreBesideTheResult) {
  parse("func @f(%x: f32[2,3], %y: f32[2,3]) -> (%z) { %z = mul %x, %y : f32[2,3] }\n");
  const Type type{DType::f32, {2, 3}};
  const std::vector<Literal> inputs{literal(type, {1, 2, 3, 4, 5, 6}),
                                    literal(type, {.1, .2, .3, .4, .5, .6})};
  EXPECT_EQ(reads(inputs, 4), (Reads{{0, 4}, {1, 4}}));
}

TEST_F(Elements, OfContractionsAreARowAndAColumn) {
  parse("func @f(%x: f64[2,3], %y: f64[3,2]) -> (%z) "
        "{ %z = dot %x, %y {contract = [[1],[0]]} : f64[2,2] }\n");
  const std::vector<Literal> inputs{literal({DType::f64, {2, 3}}, {1, 2, 3, 4, 5, 6}),
                                    literal({DType::f64, {3, 2}}, {1, 7, 2, 8, 3, 9})};
  EXPECT_EQ(reads(inputs, 2), (Reads{{0, 3}, {0, 4}, {0, 5}, {1, 0}, {1, 2}, {1, 4}}));
}

TEST_F(Elements, BehindAGuardAreNotRead) {
  parse("func @f(%x: f64[2]) -> (%z) "
        "{ %z = pad %x {low = [1], high = [1], value = 7.0} : f64[4] }\n");
  const std::vector<Literal> inputs{literal({DType::f64, {2}}, {1, 2})};
  EXPECT_EQ(reads(inputs, 0), Reads{});
  EXPECT_EQ(reads(inputs, 1), (Reads{{0, 0}}));
}

TEST_F(Elements, AreReadWhereIndicesSay) {
  parse("func @f(%x: f64[3], %i: i32[2]) -> (%z) { %z = gather %x, %i {axes = [0]} : f64[2] }\n");
  const std::vector<Literal> inputs{literal({DType::f64, {3}}, {1, 2, 3}),
                                    literal({DType::i32, {2}}, {0, 2})};
  EXPECT_EQ(reads(inputs, 1), (Reads{{0, 2}, {1, 1}}));
}

TEST_F(Elements, ReplacedOperandsCount) {
  parse("func @f(%x: f64[], %y: f64[]) -> (%z) { %z = sub %x, %y : f64[] }\n");
  const Type type{DType::f64, {}};
  TapeCache cache;
  NodeElements elements(*graph_, graph_->node_of(graph_->outputs[0].value),
                        std::vector{literal(type, {5}), literal(type, {2})}, cache);
  EXPECT_EQ(elements.at(0, 0).value, 3);
  elements.replace(1, literal(type, {4}));
  EXPECT_EQ(elements.at(0, 0).value, 1);
}

TEST_F(Elements, WideGraphsHaveTheSameNodesInF64) {
  const Graph& graph = parse("func @f(%x: f16[2], %i: i32[2]) -> (%z) {\n"
                             "  %a = add %x, f16[2](0.1) : f16[2]\n"
                             "  %b = cast %a {to = f32} : f32[2]\n"
                             "  %c = cast %i {to = f32} : f32[2]\n"
                             "  %z = mul %b, %c : f32[2]\n}\n");
  const auto wide = widened(graph);
  ASSERT_TRUE(wide) << wide.error().message;
  EXPECT_EQ(print_graph(wide->graph, {.origins = false}),
            "func @f(%x: f64[2], %i: i32[2]) -> (%z) {\n"
            "  %a = add %x, f64[2](0.0999755859375) : f64[2]\n"
            "  %b = cast %a {to = f64}              : f64[2]\n"
            "  %c = cast %i {to = f64}              : f64[2]\n"
            "  %z = mul %b, %c                      : f64[2]\n"
            "}\n");
  for (std::uint32_t id = 0; id < graph.value_count(); ++id)
    EXPECT_EQ(wide->graph.value_name(wide->map[id]), graph.value_name(Value{id}));
}

} // namespace
} // namespace nnc
