// The cost law over every function of every example: whatever scalar float it gives, the gradient
// is within five times its nodes and its arithmetic, and the product of the Hessian with a vector
// within ten times its nodes, and its arithmetic where it runs no loop. Of a gradient through a
// loop, such a product is a third derivative of the loop: that is not what the law speaks of.
#include "compiler/inline.h"
#include "frontends/host/source.h"
#include "ir/grad_node.h"
#include "laws/derived_cost.h"
#include "places.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

namespace nnc {
namespace {

namespace fs = std::filesystem;

/// Models of examples, as in "networks/xor/xor.json": a file called like its folder.
std::vector<std::string> models() {
  std::vector<std::string> found;
  const fs::path root = NNC_SOURCE "/examples";
  for (const auto& file : fs::recursive_directory_iterator(root))
    if (file.path().extension() == ".json" &&
        file.path().stem() == file.path().parent_path().filename())
      found.push_back(fs::relative(file.path(), root));
  std::ranges::sort(found);
  return found;
}

/// Float params that `of` depends on, else such inputs.
std::vector<Value> variables(const Graph& graph, Value of) {
  std::vector<Value> leaves = float_leaves(graph, of);
  for (const Role role : {Role::param, Role::input}) {
    std::vector<Value> found = leaves;
    std::erase_if(found, [&](Value leaf) { return graph.role(leaf) != role; });
    if (!found.empty()) return found;
  }
  return {};
}

bool runs_loops(const Graph& graph) {
  const std::vector<bool> live = graph.live_nodes();
  for (std::uint32_t id = 0; id < graph.node_count(); ++id)
    if (live[id] && graph.node(NodeId{id}).row->control) return true;
  return false;
}

/// What is derived of an example, and at what cost.
class Derived {
public:
  void derive(const Graph& graph, const Output& output) {
    const Type& type = graph.type(output.value);
    const std::vector<Value> wrt = variables(graph, output.value);
    if (!type.scalar() || !is_float(type.dtype) || wrt.empty()) return;
    ++values_;
    Graph function = with_outputs(graph, {output});
    const bool derivatives = has_derivatives(inline_calls(function, function.context()));
    const Graph simple = simplified_graph(std::move(function));
    const bool loops = runs_loops(simple);
    const Cost cost = cost_of(simple);
    const Cost gradient = simplified(with_gradient(graph, output.value, wrt));
    EXPECT_EQ(compare(cost, gradient, 5, 30, gradients_), "");
    if (loops && derivatives) return;
    ++products_;
    Cost product = simplified(with_product(graph, output.value, wrt));
    if (loops) product.operations = 0;
    EXPECT_EQ(compare(cost, product, 10, 100, product_ratios_), "");
  }

  void tell() const {
    fmt::print("{} gradients, at most {:.2f} times the nodes and {:.2f} times the operations; {} "
               "products, {:.2f} and {:.2f}\n",
               values_, gradients_.nodes, gradients_.operations, products_, product_ratios_.nodes,
               product_ratios_.operations);
  }

private:
  int values_ = 0, products_ = 0;
  WorstRatio gradients_, product_ratios_;
};

/// Derivatives along a direction, by forward mode: the pullback is linear in its cotangent `u`, so
/// the pullback of that does not read it. Adds the graph's leaf `u`.
Graph with_forward_mode(const Graph& function, Value of, const std::vector<Value>& wrt) {
  std::vector<Value> map;
  Graph graph(function.context(), function.name);
  copy_live(function, graph, map, [&](NodeId id) { copy_node(function, id, graph, map); });
  graph.outputs.clear();
  graph.updates.clear();
  Builder b(graph);
  std::vector<Value> variables;
  for (const Value leaf : wrt) variables.push_back(map[leaf.id]);
  const auto leaf = [&](const std::string& name, const Type& type) {
    return graph.add_leaf(name, Role::input, type, {});
  };
  const Value u = leaf("the cotangent", graph.type(map[of.id]));
  const std::vector<Value> pulled = build_grad(b, {map[of.id], u, variables});
  for (std::size_t i = 0; i < pulled.size(); ++i) {
    const Value v = leaf(fmt::format("direction {}", i), graph.type(pulled[i]));
    graph.outputs.push_back({fmt::format("d{}", i), build_grad(b, {pulled[i], v, {&u, 1}})[0]});
  }
  if (b.error()) throw InternalError(b.error()->message);
  return graph;
}

bool reads(const Graph& graph, std::string_view leaf_name) {
  const std::vector<bool> live = graph.live_nodes();
  return std::ranges::any_of(graph.inputs, [&](Value leaf) {
    return graph.leaf_name(leaf) == leaf_name && live[graph.node_of(leaf).id];
  });
}

class ExampleNets : public testing::TestWithParam<std::string> {
protected:
  /// Calls `visit(graph, output)` for each result of each function.
  template <class Visit>
  void for_each_output(Visit visit) {
    Sources sources;
    auto opened = Source::load(NNC_SOURCE "/examples/" + GetParam(), sources);
    ASSERT_TRUE(std::holds_alternative<Source>(opened));
    Source& source = std::get<Source>(opened);
    for (const std::string& function : source.functions()) {
      auto built = source.build(function, {});
      ASSERT_TRUE(std::holds_alternative<Graph>(built)) << function;
      const Graph& graph = std::get<Graph>(built);
      for (const Output& output : graph.outputs) {
        SCOPED_TRACE(function + ": " + output.name);
        visit(graph, output);
      }
    }
  }
};

TEST_P(ExampleNets, DeriveWithinTheLaw) {
  Derived derived;
  for_each_output([&](const Graph& graph, const Output& output) { derived.derive(graph, output); });
  derived.tell();
}

TEST_P(ExampleNets, ForwardModeKeepsNothingOfTheBackwardSweep) {
  int derived = 0;
  for_each_output([&](const Graph& graph, const Output& output) {
    const std::vector<Value> wrt = variables(graph, output.value);
    if (!is_float(graph.type(output.value).dtype) || wrt.empty()) return;
    ++derived;
    EXPECT_FALSE(
        reads(simplified_graph(with_forward_mode(graph, output.value, wrt)), "the cotangent"));
  });
  fmt::print("{} results\n", derived);
}

INSTANTIATE_TEST_SUITE_P(All, ExampleNets, testing::ValuesIn(models()),
                         [](const auto& one) { return fs::path(one.param).stem().string(); });

} // namespace
} // namespace nnc
