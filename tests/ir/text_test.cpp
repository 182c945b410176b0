// Graphs as text: names, bodies, updates, operations inside operands, sizes that are large.

#include "ir/builder.h"
#include "ir/text/parse.h"
#include "ir/text/print.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace nnc {
namespace {

std::string joined(const std::vector<Error>& errors) {
  std::string text;
  for (const Error& error : errors)
    text += fmt::format("{}:{}: {}\n", error.place.line, error.place.column, error.message);
  return text;
}

/// The text of the graph that `text` describes, or the errors.
std::string reprinted(const std::string& text) {
  const OpTable table = standard_ops();
  Context context(table);
  auto result = parse_graph(context, text, "test.nnir");
  if (const auto* errors = std::get_if<1>(&result)) return joined(*errors);
  return print_graph(std::get<0>(result), {.origins = false});
}

void expect_fixed_point(const std::string& text) { EXPECT_EQ(reprinted(text), text); }

TEST(Text, HeaderPortsAndSplats) {
  expect_fixed_point("func @step(%x: f32[4,2], %y: i32[4], param %w: f32[2], state %opt.w: f32[2], "
                     "constant %c: f64[])\n    -> (loss = %w2, %g)\n"
                     "    update (w = %w2, opt.w = %g) {\n"
                     "  %g  = mul %opt.w, f32[2](0.5) : f32[2]\n"
                     "  %w2 = sub %w, %g              : f32[2]\n"
                     "}\n");
}

TEST(Text, LongHeadersAreWrapped) {
  std::string text =
      "func @a_function_with_a_long_name(%first_input: f32[64,64], %second_input: "
      "i32[64],\n    param %weights: f32[64,128], param %bias: f32[128], "
      "state %opt.weights.momentum: f32[64,128])\n"
      "    -> (%result)\n"
      "    update (weights = %opt.weights.momentum, opt.weights.momentum = %weights) {\n"
      "  %result = neg %bias : f32[128]\n"
      "}\n";
  expect_fixed_point(text);
}

TEST(Text, AttributesOfEveryKind) {
  expect_fixed_point("func @f(%x: f32[4,2]) -> (%a, %b, %c, %d, %e, %t, %z) {\n"
                     "  %a = sum %x {axes = [0], keep = true}   : f32[1,2]\n"
                     "  %b = dot %x, %x {contract = [[0], [0]]} : f32[2,2]\n"
                     "  %c = pad %x {low = [1,0], high = [0,0], interior = [0,0], value = -0.0}"
                     " : f32[5,2]\n"
                     "  %d = cast %x {to = i64}                 : i64[4,2]\n"
                     "  %e = cut %x {name = \"a \\\"b\\\\ \\x01\"}     : f32[4,2]\n"
                     "  %t = bool[2]([true, false])             : bool[2]\n"
                     "  %z = f32(0.5)                           : f32[]\n"
                     "}\n");
}

TEST(Text, AnyNameSurvives) {
  const OpTable table = standard_ops();
  Context context(table);
  Graph graph(context, "a function");
  Builder builder(graph);
  const char* names[] = {"x y", "`", "\\", "a//b", "layer1/h.2", "-1", "\n", "\u03b1", "x/", "7"};
  for (const char* name : names) {
    const Value leaf = graph.add_leaf(name, Role::input, {DType::f32, {2}}, {});
    graph.outputs.push_back({std::string("out ") + name, builder.neg(leaf)});
  }
  const std::string text = print_graph(graph);
  auto again = parse_graph(context, text, "test.nnir");
  ASSERT_EQ(again.index(), 0u) << joined(std::get<1>(again)) << text;
  const Graph& parsed = std::get<0>(again);
  ASSERT_EQ(parsed.inputs.size(), std::size(names));
  for (std::size_t i = 0; i < std::size(names); ++i) {
    EXPECT_EQ(parsed.leaf_name(parsed.inputs[i]), names[i]);
    EXPECT_EQ(parsed.outputs[i].name, std::string("out ") + names[i]);
  }
  EXPECT_EQ(print_graph(parsed, {.origins = false}), print_graph(graph, {.origins = false}));
}

TEST(Text, OperationsInsideOperands) {
  EXPECT_EQ(reprinted("func @f(%z: f32[2], %y: f32[2]) -> (%l) { // one line, and comments\n"
                      "  %l = sum(mul(softplus(%z), f32[2](0.5) // half\n"
                      "        ) {axes = [0]}) : f32[]\n"
                      "}"),
            "func @f(%z: f32[2], %y: f32[2]) -> (%l) {\n"
            "  %l.0 = softplus %z           : f32[2]\n"
            "  %l.1 = mul %l.0, f32[2](0.5) : f32[2]\n"
            "  %l   = sum %l.1 {axes = [0]} : f32[]\n"
            "}\n");
}

TEST(Text, BodiesStandBeforeTheirCallers) {
  expect_fixed_point("func @block(%x: f32[2], %w: f32[2]) -> (%y) {\n"
                     "  %y = mul %x, %w : f32[2]\n"
                     "}\n"
                     "\n"
                     "func @f(%x: f32[2]) -> (%b) {\n"
                     "  %a = call %x, %x {function = @block} : f32[2]\n"
                     "  %b = call %a, %x {function = @block} : f32[2]\n"
                     "}\n");
}

TEST(Text, BodiesOfOneNameAreToldApart) {
  const OpTable table = standard_ops();
  Context context(table);
  const auto body = [&](std::int64_t size) {
    auto graph = std::make_shared<Graph>(context, "f");
    const Value x = graph->add_leaf("x", Role::input, {DType::f32, {size}}, {});
    graph->outputs.push_back({"y", Builder(*graph).neg(x)});
    return Body{graph};
  };
  Graph graph(context, "f");
  Builder builder(graph);
  for (const std::int64_t size : {2, 3}) {
    const Value x =
        graph.add_leaf("x" + std::to_string(size), Role::input, {DType::f32, {size}}, {});
    graph.outputs.push_back(
        {"y" + std::to_string(size), builder.op("call", {x}, {{"function", body(size)}})});
  }
  const std::string text = print_graph(graph, {.origins = false});
  EXPECT_NE(text.find("func @f.2("), std::string::npos) << text;
  expect_fixed_point(text);
}

TEST(Text, AModuleKnowsWhatIsCalled) {
  const OpTable table = standard_ops();
  Context context(table);
  auto module = parse_module(context,
                             "func @a(%x: f32[]) -> (%y) { %y = neg %x : f32[] }\n"
                             "func @b(%x: f32[]) -> (%y) { %y = call %x {function = @a} : f32[] }\n"
                             "func @c(%x: f32[]) -> (%x) {}\n",
                             "test.nnir");
  ASSERT_EQ(module.index(), 0u);
  const auto& functions = std::get<0>(module);
  ASSERT_EQ(functions.size(), 3u);
  EXPECT_TRUE(functions[0].called);
  EXPECT_FALSE(functions[1].called);
  EXPECT_EQ(functions[2].graph->name, "c");
}

// A chain as deep as the text is long: neither the parser nor the printer recurses on it.
TEST(Text, AHundredThousandLines) {
  std::string text = "func @chain(%x: f32[4]) -> (%v100000) {\n  %v0 = neg %x : f32[4]\n";
  for (int i = 0; i < 100000; ++i)
    text += fmt::format("  %v{} = {} %v{}, %x : f32[4]\n", i + 1, i % 2 ? "add" : "mul", i);
  const std::string once = reprinted(text + "}\n");
  ASSERT_TRUE(once.starts_with("func @chain")) << once.substr(0, 500);
  EXPECT_EQ(std::ranges::count(once, '\n'), 100003);
  EXPECT_EQ(reprinted(once), once);
}

} // namespace
} // namespace nnc
