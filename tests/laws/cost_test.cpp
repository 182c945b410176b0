// What derivatives may cost: nodes and arithmetic of gradients and Hessian-vector products against
// those of the function, both after simplification, on random graphs and on chains.

#include "compiler/pipeline.h"
#include "ir/modes.h"
#include "laws/derived_cost.h"
#include "laws/random_graph.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace nnc {
namespace {

TEST(Cost, DerivativesOfRandomGraphsAreWithinTheLaw) {
  const OpTable ops = standard_ops();
  std::mt19937_64 engine(5);
  WorstRatio gradients, products;
  int derived = 0;
  for (int i = 0; derived < 1000 && i < 2000; ++i) {
    Context context(ops);
    Recipe recipe(2 + engine() % 18);
    for (std::uint64_t& word : recipe) word = engine();
    const RandomGraph random = random_graph(context, recipe);
    if (!random.function) continue;
    const Graph& graph = *random.function;
    const std::size_t first = random.plain_outputs;
    if (graph.outputs.size() <= first) continue;
    ++derived;
    const std::vector<Output> sum{graph.outputs[first]};
    const std::vector<Output> all(graph.outputs.begin() + static_cast<std::ptrdiff_t>(first),
                                  graph.outputs.end());
    const Cost function = simplified(with_outputs(graph, sum));
    const Cost gradient = simplified(with_outputs(graph, all));
    EXPECT_EQ(compare(function, gradient, 5, 30, gradients), "") << "graph " << i;
    const std::vector<Value> leaves = float_leaves(graph, sum[0].value);
    if (leaves.empty()) continue;
    const Cost product = simplified(with_product(graph, sum[0].value, leaves));
    EXPECT_EQ(compare(function, product, 10, 100, products), "") << "graph " << i;
  }
  fmt::print("{} gradients, at most {:.2f} times the nodes and {:.2f} times the operations; "
             "products with the Hessian {:.2f} and {:.2f}\n",
             derived, gradients.nodes, gradients.operations, products.nodes, products.operations);
  EXPECT_EQ(derived, 1000);
}

TEST(Cost, ASquareOfASquareStaysSmall) {
  // y = y*y, 10,000 times: paths double with each, nodes do not.
  const OpTable ops = standard_ops();
  Context context(ops);
  constexpr int steps = 10'000;
  Graph graph(context, "squares");
  Builder b(graph);
  const Value x = graph.add_leaf("x", Role::input, {DType::f64, {}}, {});
  Value y = x;
  for (int i = 0; i < steps; ++i) y = b.mul(y, y);
  const Value first = build_grad(b, {y, {}, {&x, 1}})[0];
  graph.outputs = {{"h", build_grad(b, {first, {}, {&x, 1}})[0]}};
  EXPECT_LE(simplified(std::move(graph)).nodes, 40.0 * steps);
}

/// y = tanh(x w), u = sum(y v) for n inputs and m results, and derivatives of it.
struct Layer {
  Layer(Context& context, std::int64_t n, std::int64_t m) : graph(context, "layer"), b(graph) {
    x = graph.add_leaf("x", Role::input, {DType::f64, {n}}, {});
    const Value w = graph.add_leaf("w", Role::param, {DType::f64, {n, m}}, {});
    const Value v = graph.add_leaf("v", Role::param, {DType::f64, {m}}, {});
    y = b.op("tanh", {b.dot(x, w, {{}, {}}, {{0}, {0}})});
    u = b.sum(b.mul(y, v), {0});
  }

  PipelineResult run(Value output, const char* stop_after) {
    if (b.error()) throw InternalError(b.error()->message);
    graph.outputs = {{"d", output}};
    auto made = run_pipeline(std::move(graph), {.stop_after = stop_after});
    if (!made) throw InternalError(made.error().message);
    return std::move(*made);
  }
  double nodes(Value output) { return cost_of(run(output, "simplify.3").graph).nodes; }

  Graph graph;
  Builder b;
  Value x, y, u;
};

TEST(Cost, ModesHaveAsManyNodesForManyInputsAsForFew) {
  const OpTable ops = standard_ops();
  const auto nodes = [&](std::int64_t n, std::int64_t m, auto derivative) {
    Context context(ops);
    Layer layer(context, n, m);
    return layer.nodes(derivative(layer));
  };
  const auto jacobian = [](Layer& l) { return build_jacobian(l.b, l.y, l.x); };
  const auto hessian = [](Layer& l) { return build_hessian(l.b, l.u, {&l.x, 1})[0]; };
  const auto laplacian = [](Layer& l) { return build_laplacian(l.b, l.u, l.x); };
  EXPECT_EQ(nodes(20, 5, jacobian), nodes(2000, 50, jacobian)); // reverse mode
  EXPECT_EQ(nodes(5, 20, jacobian), nodes(50, 2000, jacobian)); // forward mode
  EXPECT_EQ(nodes(20, 5, hessian), nodes(2000, 50, hessian));
  EXPECT_EQ(nodes(20, 5, laplacian), nodes(2000, 50, laplacian));
}

TEST(Cost, ALaplacianDoesNotStoreTheHessian) {
  const OpTable ops = standard_ops();
  Context context(ops);
  Layer layer(context, 2000, 8);
  const auto planned = layer.run(build_laplacian(layer.b, layer.u, layer.x), "plan");
  EXPECT_LT(planned.program->arena_bytes, 1'000'000); // the Hessian has 32 million bytes
}

} // namespace
} // namespace nnc
