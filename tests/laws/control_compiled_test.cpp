// Loops and branches, and their derivatives to order 2: compiled code gives what the interpreter
// does, and their kernels survive being printed and read after every step.
#include "ir/grad_node.h"
#include "ir/kernel/parse.h"
#include "ir/kernel/print.h"
#include "ir/text/parse.h"
#include "laws/control_samples.h"
#include "testing/compiled_run.h"

#include <numeric>

namespace nnc {
namespace {

class ControlCompiled : public testing::TestWithParam<ControlSample> {
protected:
  Value sum_of(Builder& b, Value value) {
    std::vector<std::int64_t> axes(b.shape(value).size());
    std::iota(axes.begin(), axes.end(), 0);
    return axes.empty() ? value : b.sum(value, axes);
  }

  /// The sample's results and, at each order, derivatives of the sum of the squares before.
  Graph derived(int orders) {
    auto parsed = parse_graph(context_, GetParam().text, std::string(GetParam().name));
    const Graph& function = std::get<Graph>(parsed);
    Graph graph(context_, "f");
    Builder b(graph);
    std::vector<Value> leaves;
    for (const Value input : function.inputs)
      leaves.push_back(
          graph.add_leaf(function.leaf_name(input), Role::input, function.type(input), {}));
    std::vector<Value> results =
        b.ops("call", leaves, {{"function", Body{std::make_shared<Graph>(copy_live(function))}}});
    std::vector<Value> all = results;
    for (int order = 1; order <= orders; ++order) {
      Value sum;
      for (const Value result : results) {
        if (!is_float(b.dtype(result))) continue;
        const Value square = sum_of(b, b.mul(result, result));
        sum = sum.valid() ? b.add(sum, square) : square;
      }
      results = build_grad(b, {sum, {}, leaves});
      all.insert(all.end(), results.begin(), results.end());
    }
    if (b.error()) throw InternalError(b.error()->message);
    for (const Value result : all)
      graph.outputs.push_back({"y" + std::to_string(graph.outputs.size()), result});
    return graph;
  }

  OpTable ops_ = standard_ops();
  Context context_{ops_};
};

TEST_P(ControlCompiled, EqualsTheInterpreter) {
  for (const int threads : {1, 3}) {
    const Graph graph = derived(2);
    const auto simple = run_pipeline(copy_live(graph), {.stop_after = "simplify.3"});
    ASSERT_TRUE(simple.ok()) << simple.error().message;
    for (const unsigned seed : {1u, 2u}) {
      const std::vector<Literal> inputs = test::random_inputs(graph, seed);
      const auto wanted = interpret(simple->graph, inputs);
      ASSERT_TRUE(wanted.ok()) << wanted.error().message;
      const auto actual = test::run_compiled(graph, inputs, {.cpu = {}, .threads = threads});
      ASSERT_TRUE(actual.ok()) << actual.error().message;
      for (std::size_t i = 0; i < wanted->size(); ++i) {
        double scale = 1; // derivatives are sums of terms that may be larger than they are
        for (std::int64_t k = 0; k < (*wanted)[i].type.elements(); ++k)
          if (is_float((*wanted)[i].type.dtype))
            scale = std::max(scale, std::abs(literal_real((*wanted)[i], k)));
        test::expect_near((*actual)[i], (*wanted)[i], 2000, scale, graph.outputs[i].name);
      }
    }
  }
}

TEST_P(ControlCompiled, KernelsSurviveAsText) {
  Graph graph = derived(1);
  int steps = 0;
  PipelineOptions options;
  options.after_step = [&](std::string_view step, const Graph*, const KernelProgram* program) {
    if (!program) return;
    ++steps;
    const std::string text = print_program(*program);
    const auto again = parse_program(text, "again");
    ASSERT_TRUE(again) << step << " " << again.error().place.line << ": " << again.error().message
                       << "\n"
                       << text;
    EXPECT_EQ(print_program(*again), text) << step;
    EXPECT_EQ(again->regions.size(), program->regions.size());
  };
  const auto result = run_pipeline(std::move(graph), options);
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(steps, 4);
}

INSTANTIATE_TEST_SUITE_P(Laws, ControlCompiled, testing::ValuesIn(control_samples()),
                         [](const auto& each) { return std::string(each.param.name); });

} // namespace
} // namespace nnc
