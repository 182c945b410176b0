// What derivatives may cost: nodes and arithmetic of gradients and Hessian-vector products against
// those of the function, both after simplification, on random graphs and on the example nets.

#include "compiler/pipeline.h"
#include "frontends/host/source.h"
#include "ir/modes.h"
#include "laws/random_graph.h"
#include "places.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <random>

namespace nnc {
namespace {

/// Levels of the tree that a product of `count` elements is.
int levels(std::int64_t count) {
  int levels = 0;
  for (std::int64_t width = 1; width < count; width *= 2) ++levels;
  return levels;
}

struct Cost {
  double nodes = 0, operations = 0;
};

/// Live nodes but leaves and numbers, and the arithmetic that their rows declare. A `prod` counts
/// as its tree: halves, their product and what fills an odd one up, at each level.
Cost cost_of(const Graph& graph) {
  Cost cost;
  const std::vector<bool> live = graph.live_nodes();
  for (std::uint32_t id = 0; id < graph.node_count(); ++id) {
    const Node& node = graph.node(NodeId{id});
    if (!live[id] || node.row->leaf || literal_behind(graph, node.first).valid()) continue;
    std::vector<Type> in, out;
    for (const Value operand : graph.operands(node)) in.push_back(graph.type(operand));
    for (int i = 0; i < node.result_count; ++i)
      out.push_back(graph.type(graph.result(NodeId{id}, i)));
    cost.nodes += node.row->name == "prod" ? 4 * levels(in[0].elements()) : 1;
    double elements = 0;
    for (const Type& type : out) elements += static_cast<double>(type.elements());
    cost.operations += node.row->cost ? node.row->cost({in, out, graph.attrs(node)}) : elements;
  }
  return cost;
}

Cost simplified(Graph graph) {
  auto simple = run_pipeline(std::move(graph), {.stop_after = "simplify.3"});
  if (!simple) throw InternalError(simple.error().message);
  return cost_of(simple->graph);
}

Graph with_outputs(const Graph& from, std::vector<Output> outputs) {
  std::vector<Value> map;
  Graph copy(from.context(), from.name);
  copy_live(from, copy, map, [&](NodeId id) { copy_node(from, id, copy, map); });
  copy.outputs.clear();
  copy.updates.clear();
  for (const Output& output : outputs) copy.outputs.push_back({output.name, map[output.value.id]});
  return copy;
}

/// Largest ratios seen, for the record.
struct Worst {
  double nodes = 0, operations = 0;
};

/// Empty when the cost of `derived` is within `factor` times that of the function, and 'spare'
/// nodes.
std::string compare(const Cost& function, const Cost& derived, double factor, double spare,
                    Worst& worst) {
  worst.nodes = std::max(worst.nodes, (derived.nodes - spare) / std::max(function.nodes, 1.0));
  worst.operations =
      std::max(worst.operations, derived.operations / std::max(function.operations, 1.0));
  if (derived.nodes <= factor * function.nodes + spare &&
      derived.operations <= factor * function.operations + spare)
    return "";
  return fmt::format("{} nodes and {} operations for {} and {}\n", derived.nodes,
                     derived.operations, function.nodes, function.operations);
}

/// The Hessian of `of` times a vector.
Graph with_product(const Graph& function, Value of, const std::vector<Value>& wrt) {
  std::vector<Value> map;
  Graph graph(function.context(), function.name);
  copy_live(function, graph, map, [&](NodeId id) { copy_node(function, id, graph, map); });
  Builder b(graph);
  std::vector<Value> variables, vector;
  for (const Value variable : wrt) {
    variables.push_back(map[variable.id]);
    vector.push_back(graph.add_leaf("v" + std::to_string(vector.size()), Role::input,
                                    graph.type(variables.back()), {}));
  }
  graph.outputs.clear();
  graph.updates.clear();
  for (const Value h : build_hvp(b, map[of.id], variables, vector))
    graph.outputs.push_back({"h" + std::to_string(graph.outputs.size()), h});
  if (b.error()) throw InternalError(b.error()->message);
  return graph;
}

TEST(Cost, GradientsOfRandomGraphsAreWithinFiveTimesTheFunction) {
  const OpTable ops = standard_ops();
  std::mt19937_64 engine(5);
  Worst worst;
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
    EXPECT_EQ(compare(function, gradient, 5, 30, worst), "") << "graph " << i;
  }
  fmt::print("{} gradients: at most {:.2f} times the nodes and {:.2f} times the operations\n",
             derived, worst.nodes, worst.operations);
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

struct ExampleNet {
  const char *file, *function, *loss;
};
void PrintTo(const ExampleNet& net, std::ostream* out) { *out << net.file; }
class ExampleNets : public testing::TestWithParam<ExampleNet> {};

TEST_P(ExampleNets, DeriveWithinTheLaw) {
  const auto [file, function, wanted] = GetParam();
  Sources sources;
  auto opened = Source::load(std::string(NNC_SOURCE "/examples/") + file, sources);
  ASSERT_TRUE(std::holds_alternative<Source>(opened));
  Source& source = std::get<Source>(opened);
  auto built = source.build(std::string(function), {});
  ASSERT_TRUE(std::holds_alternative<Graph>(built));
  const Graph& graph = std::get<Graph>(built);
  Value loss;
  for (const Output& output : graph.outputs)
    if (output.name == wanted) loss = output.value;
  ASSERT_TRUE(loss.valid());
  std::vector<Value> params;
  for (const Value leaf : graph.inputs)
    if (graph.role(leaf) == Role::param) params.push_back(leaf);
  const Cost forward = simplified(with_outputs(graph, {{"loss", loss}}));
  Graph with_gradient = with_outputs(graph, {{"loss", loss}});
  Builder b(with_gradient);
  std::vector<Value> variables;
  for (const Value leaf : with_gradient.inputs)
    if (with_gradient.role(leaf) == Role::param) variables.push_back(leaf);
  for (const Value g : build_grad(b, {with_gradient.outputs[0].value, {}, variables}))
    with_gradient.outputs.push_back({"g" + std::to_string(with_gradient.outputs.size()), g});
  Worst worst;
  EXPECT_EQ(compare(forward, simplified(std::move(with_gradient)), 5, 30, worst), "");
  EXPECT_EQ(compare(forward, simplified(with_product(graph, loss, params)), 10, 100, worst), "");
}

INSTANTIATE_TEST_SUITE_P(
    Models, ExampleNets,
    testing::Values(
        ExampleNet{"digits/digits_mlp.json", "evaluate", "loss"},
        ExampleNet{"churn/churn.json", "step", "loss"},
        ExampleNet{"derivatives/burgers/burgers.json", "train", "loss"},
        ExampleNet{"derivatives/pair_potential/pair_potential.json", "train", "loss"},
        ExampleNet{"derivatives/gradient_penalty/gradient_penalty.json", "train", "loss"},
        ExampleNet{"derivatives/hyper_gradient/hyper_gradient.json", "tune", "validation"},
        ExampleNet{"derivatives/newton_cg/newton_cg.json", "objective", "loss"}),
    [](const auto& net) { return std::filesystem::path(net.param.file).stem().string(); });

} // namespace
} // namespace nnc
