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

class ExampleNets : public testing::TestWithParam<std::string> {};

TEST_P(ExampleNets, DeriveWithinTheLaw) {
  Sources sources;
  auto opened = Source::load(NNC_SOURCE "/examples/" + GetParam(), sources);
  ASSERT_TRUE(std::holds_alternative<Source>(opened));
  Source& source = std::get<Source>(opened);
  Derived derived;
  for (const std::string& function : source.functions()) {
    auto built = source.build(function, {});
    ASSERT_TRUE(std::holds_alternative<Graph>(built)) << function;
    const Graph& graph = std::get<Graph>(built);
    for (const Output& output : graph.outputs) {
      SCOPED_TRACE(function + ": " + output.name);
      derived.derive(graph, output);
    }
  }
  derived.tell();
}

INSTANTIATE_TEST_SUITE_P(All, ExampleNets, testing::ValuesIn(models()),
                         [](const auto& one) { return fs::path(one.param).stem().string(); });

} // namespace
} // namespace nnc
