// Derivatives of recurrent layers are what one would write by hand: the backward loop computes
// nothing again that is dear, what is stacked is read, and weights have one product after the loop.

#include "compiler/pipeline.h"
#include "ir/control.h"
#include "ir/cost.h"
#include "ir/text/parse.h"
#include "ir/text/print.h"
#include "testing/checked.h"

#include <gtest/gtest.h>

namespace nnc {
namespace {

// h is [4,8] and has `gates` times 8 columns.
constexpr std::string_view tanh_cell = R"(
func @cell(%h: f32[4,8], %x: f32[4,8], %u: f32[8,8]) -> (%h1) {
  %h1 = tanh add(dot(%h, %u {contract = [[1],[0]]}), %x) : f32[4,8]
})";
constexpr std::string_view lstm_cell = R"(
func @cell(%h: f32[4,8], %c: f32[4,8], %x: f32[4,32], %u: f32[8,32]) -> (%h1, %c1) {
  %z = add dot(%h, %u {contract = [[1],[0]]}), %x : f32[4,32]
  %i = sigmoid slice(%z {start = [0,0], stop = [4,8], step = [1,1]}) : f32[4,8]
  %f = sigmoid slice(%z {start = [0,8], stop = [4,16], step = [1,1]}) : f32[4,8]
  %g = tanh slice(%z {start = [0,16], stop = [4,24], step = [1,1]}) : f32[4,8]
  %o = sigmoid slice(%z {start = [0,24], stop = [4,32], step = [1,1]}) : f32[4,8]
  %c1 = add mul(%f, %c), mul(%i, %g) : f32[4,8]
  %h1 = mul %o, tanh(%c1) : f32[4,8]
})";
constexpr std::string_view tanh_layer = R"(
func @f(%x: f32[STEPS,4,8], %h0: f32[4,8], %u: f32[8,8]) -> (%loss, %gx, %gu) {
  %h = scan %h0, %x, %u {body = @cell, carries = 1, over = 1ATTRS} : f32[4,8]
  %loss = sum mul(%h, %h) : f32[]
  %gx, %gu = grad %loss, %x, %u {wrt = 2} : f32[STEPS,4,8], f32[8,8]
})";
constexpr std::string_view lstm_layer = R"(
func @f(%x: f32[STEPS,4,32], %h0: f32[4,8], %u: f32[8,32]) -> (%loss, %gx, %gu) {
  %h, %c = scan %h0, %h0, %x, %u {body = @cell, carries = 2, over = 1ATTRS} : f32[4,8], f32[4,8]
  %loss = sum mul(%h, %h) : f32[]
  %gx, %gu = grad %loss, %x, %u {wrt = 2} : f32[STEPS,4,32], f32[8,32]
})";

void replace_all(std::string& text, std::string_view name, const std::string& by) {
  for (std::size_t at; (at = text.find(name)) != std::string::npos;)
    text.replace(at, name.size(), by);
}

struct Counts {
  int contractions = 0;
  int functions = 0; ///< element by element, and dear
};

/// With those of all bodies inside.
Counts count(const Graph& graph) {
  Counts counts;
  const std::vector<bool> live = graph.live_nodes();
  for (std::uint32_t id = 0; id < graph.node_count(); ++id) {
    if (!live[id]) continue;
    const Node& node = graph.node(NodeId{id});
    counts.contractions += node.row->kind == "contract" ? 1 : 0;
    const auto elements = static_cast<double>(graph.type(node.first).elements());
    counts.functions += node.row->elementwise && node_cost(graph, NodeId{id}) >= 10 * elements;
    if (!node.row->control) continue;
    const Counts inside = count(*node.row->control(graph.attrs(node)).body);
    counts.contractions += inside.contractions;
    counts.functions += inside.functions;
  }
  return counts;
}

class Residuals : public testing::Test {
protected:
  Graph derived(std::string_view cell, std::string_view layer, int steps, std::string attrs = {}) {
    std::string text = std::string(cell) + std::string(layer);
    replace_all(text, "STEPS", std::to_string(steps));
    replace_all(text, "ATTRS", attrs);
    auto parsed = parse_graph(context, text, "text");
    if (const auto* errors = std::get_if<std::vector<Error>>(&parsed))
      throw InternalError((*errors)[0].message);
    return std::move(
        checked(run_pipeline(std::move(std::get<Graph>(parsed)), {.stop_after = "simplify.3"}))
            .graph);
  }

  static std::vector<LoopParts> loops(const Graph& graph) {
    std::vector<LoopParts> found;
    const std::vector<bool> live = graph.live_nodes();
    for (std::uint32_t id = 0; id < graph.node_count(); ++id) {
      const Node& node = graph.node(NodeId{id});
      if (live[id] && node.row->control)
        found.push_back(loop_parts(graph, node, node.row->control(graph.attrs(node))));
    }
    return found;
  }

  /// Every result of a loop is read, every slice is used, and nothing is stacked twice.
  static void expect_no_waste(const Graph& graph) {
    const std::vector<std::uint32_t> uses = graph.use_counts();
    const std::vector<bool> live = graph.live_nodes();
    for (std::uint32_t id = 0; id < graph.node_count(); ++id) {
      const Node& node = graph.node(NodeId{id});
      if (!live[id] || !node.row->control) continue;
      const Control loop = node.row->control(graph.attrs(node));
      const std::vector<std::uint32_t> inside = loop.body->use_counts();
      for (const Value input : loop.body->inputs) EXPECT_GT(inside[input.id], 0u);
      std::vector<std::uint32_t> stacked;
      for (std::size_t i = static_cast<std::size_t>(loop.carries); i < loop.body->outputs.size();
           ++i) {
        stacked.push_back(loop.body->outputs[i].value.id);
        EXPECT_GT(uses[graph.result(NodeId{id}, static_cast<int>(i)).id], 0u) << print_graph(graph);
      }
      std::ranges::sort(stacked);
      EXPECT_EQ(std::ranges::adjacent_find(stacked), stacked.end()) << print_graph(graph);
    }
  }

  OpTable table = standard_ops();
  Context context{table};
};

TEST_F(Residuals, NothingDearIsComputedAgain) {
  for (const auto& [cell, layer, functions, stacked] :
       {std::tuple{tanh_cell, tanh_layer, 1, 2}, {lstm_cell, lstm_layer, 5, 7}}) {
    const Graph graph = derived(cell, layer, 6);
    const std::vector<LoopParts> found = loops(graph);
    ASSERT_EQ(found.size(), 2u) << print_graph(graph);
    const Counts forward = count(*found[0].body), back = count(*found[1].body);
    EXPECT_EQ(forward.contractions, 1);
    EXPECT_EQ(forward.functions, functions);
    EXPECT_EQ(back.contractions, 1) << print_graph(graph); // dz @ u^T
    EXPECT_EQ(back.functions, 0) << print_graph(graph);
    EXPECT_EQ(count(graph).contractions, 3) << print_graph(graph); // and du of all steps
    EXPECT_EQ(found[0].body->outputs.size() - found[0].carries.size(),
              static_cast<std::size_t>(stacked))
        << print_graph(graph);
    for (const LoopParts& loop : found)
      for (const Value carry : loop.carries) EXPECT_EQ(graph.type(carry).shape, (Shape{4, 8}));
    expect_no_waste(graph);
  }
}

TEST_F(Residuals, CheckpointsComputeStepsAgain) {
  for (const auto& [cell, layer, functions] :
       {std::tuple{tanh_cell, tanh_layer, 1}, {lstm_cell, lstm_layer, 5}}) {
    const Graph graph = derived(cell, layer, 16, ", checkpoint = true");
    const std::vector<LoopParts> found = loops(graph);
    ASSERT_EQ(found.size(), 2u) << print_graph(graph);
    const Counts back = count(*found[1].body);
    EXPECT_EQ(back.contractions, 3) << print_graph(graph); // h @ u, dz @ u^T, du
    EXPECT_EQ(back.functions, functions) << print_graph(graph);
    const std::vector<LoopParts> inside = loops(*found[1].body);
    ASSERT_EQ(inside.size(), 2u); // a segment once more, and back
    EXPECT_EQ(count(*inside[1].body).functions, 0) << print_graph(graph);
    expect_no_waste(*found[1].body);
    // Of all steps nothing is kept but the carries at the beginnings of segments.
    EXPECT_EQ(found[0].body->outputs.size(), 2 * found[0].carries.size()) << print_graph(graph);
  }
}

TEST_F(Residuals, NodesDoNotGrowWithSteps) {
  EXPECT_EQ(derived(lstm_cell, lstm_layer, 10).node_count(),
            derived(lstm_cell, lstm_layer, 10'000).node_count());
  // Of a prime number of steps some are left over.
  EXPECT_EQ(derived(lstm_cell, lstm_layer, 17).node_count(),
            derived(lstm_cell, lstm_layer, 10'007).node_count());
}

TEST_F(Residuals, ProductsOfSlicesAreMadeBeforeTheLoop) {
  const Graph graph = derived(R"(
func @cell(%h: f32[4,64], %x: f32[4,64], %w: f32[64,64]) -> (%h1) {
  %h1 = tanh add(%h, dot(%x, %w {contract = [[1],[0]]})) : f32[4,64]
})",
                              R"(
func @f(%x: f32[STEPS,4,64], %h0: f32[4,64], %w: f32[64,64]) -> (%h) {
  %h = scan %h0, %x, %w {body = @cell, carries = 1, over = 1ATTRS} : f32[4,64]
})",
                              6);
  const std::vector<LoopParts> found = loops(graph);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(count(*found[0].body).contractions, 0) << print_graph(graph);
  EXPECT_EQ(count(graph).contractions, 1) << print_graph(graph);
}

TEST_F(Residuals, SumsThatAreReadStay) {
  const Graph graph = derived(R"(
func @cell(%s: f32[8,8], %x: f32[8], %y: f32[8]) -> (%s1, %r) {
  %s1 = add %s, dot(%x, %y) : f32[8,8]
  %r = sum %s {axes = [0]} : f32[8]
})",
                              R"(
func @f(%x: f32[STEPS,8], %y: f32[STEPS,8], %s0: f32[8,8]) -> (%s, %r) {
  %s, %r = scan %s0, %x, %y {body = @cell, carries = 1, over = 2ATTRS} : f32[8,8], f32[STEPS,8]
})",
                              6);
  ASSERT_EQ(loops(graph).size(), 1u);
  EXPECT_EQ(loops(graph)[0].carries.size(), 1u) << print_graph(graph);
}

} // namespace
} // namespace nnc
