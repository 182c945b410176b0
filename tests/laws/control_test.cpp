// Loops and branches: their derivatives to order 3 and their batches.

#include "compiler/pipeline.h"
#include "ir/control.h"
#include "ir/grad_node.h"
#include "ir/interpret/interpreter.h"
#include "ir/modes.h"
#include "ir/text/parse.h"
#include "ir/text/print.h"
#include "laws/control_samples.h"
#include "laws/gradients.h"
#include "testing/checked.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

namespace nnc {
namespace {

/// A function of the sample's inputs that is being built; u weights its results.
class Sum {
public:
  Sum(Context& context, const Graph& function) : graph(context, "law"), b(graph) {
    std::vector<Value> operands;
    for (const Value input : function.inputs)
      operands.push_back(leaf(function.leaf_name(input), function.type(input)));
    variables = operands;
    Builder all(graph);
    const auto results =
        b.ops("call", operands, {{"function", Body{std::make_shared<Graph>(copy_live(function))}}});
    for (const Value result : results)
      if (is_float(b.dtype(result))) of.push_back(result);
    for (const Value result : of)
      sum = plus(sum, weighted(result, "u" + std::to_string(result.id)));
  }

  Value leaf(const std::string& name, const Type& type) {
    return graph.add_leaf(name, Role::input, type, {});
  }
  Value plus(Value a, Value c) { return a.valid() ? b.add(a, c) : c; }
  Value weighted(Value value, const std::string& name) {
    const Value product = b.mul(value, leaf(name, b.type(value)));
    std::vector<std::int64_t> axes(b.shape(product).size());
    std::iota(axes.begin(), axes.end(), 0);
    return axes.empty() ? product : b.sum(product, axes);
  }
  /// The derivative of `sum` along new inputs.
  void derive(int order) {
    Value next;
    const auto gradients = build_grad(b, {sum, {}, variables});
    for (std::size_t i = 0; i < gradients.size(); ++i)
      next =
          plus(next, weighted(gradients[i], "v" + std::to_string(order) + "." + std::to_string(i)));
    sum = next;
  }
  /// Everything but fusion.
  Graph finished(std::vector<Value> results) {
    if (b.error()) throw InternalError(b.error()->message);
    for (const Value result : results)
      graph.outputs.push_back({"y" + std::to_string(graph.outputs.size()), result});
    auto simple = run_pipeline(std::move(graph), {.stop_after = "simplify.3"});
    if (!simple) throw InternalError(simple.error().message);
    return std::move(simple->graph);
  }

  Graph graph;
  Builder b;
  std::vector<Value> variables, of;
  Value sum;
};

std::vector<Literal> random_inputs(const Graph& graph, Random& random) {
  std::vector<Literal> inputs;
  for (const Value input : graph.inputs)
    inputs.push_back(real_literal(graph.type(input), random.direction(graph.type(input))));
  return inputs;
}

double scalar(const std::vector<Literal>& values) { return literal_real(values[0], 0); }

class ControlLaw : public testing::TestWithParam<ControlSample> {
protected:
  Graph function() {
    auto parsed = parse_graph(context, GetParam().text, std::string(GetParam().name));
    if (const auto* errors = std::get_if<std::vector<Error>>(&parsed))
      throw InternalError((*errors)[0].message);
    return std::move(std::get<Graph>(parsed));
  }
  /// The function alone, with what dual numbers need expanded.
  Graph plain() {
    auto simple = run_pipeline(function(), {.stop_after = "simplify.3"});
    if (!simple) throw InternalError(simple.error().message);
    return std::move(simple->graph);
  }

  OpTable table = standard_ops();
  Context context{table};
};

/// Directions of the function's own inputs among those of a law, from `first` on.
std::vector<Direction> directions(const std::vector<Literal>& inputs, std::size_t first,
                                  std::size_t count) {
  std::vector<Direction> list;
  for (std::size_t i = 0; i < count; ++i) list.push_back(elements_of(inputs[first + i]));
  return list;
}

TEST_P(ControlLaw, DerivativesEqualDualNumbersAndDifferences) {
  const Graph f = plain();
  const std::size_t n = f.inputs.size();
  std::vector<Graph> orders;
  for (int order = 1; order <= 3; ++order) {
    Sum law(context, function());
    for (int i = 1; i <= order; ++i) law.derive(i);
    orders.push_back(law.finished({law.sum}));
  }
  Random random(5);
  const std::vector<Literal> inputs = random_inputs(orders[2], random);
  const std::size_t floats = orders[2].inputs.size() - 4 * n;
  const auto first = [&](std::size_t count) {
    return std::span(inputs).first(n + floats + count * n);
  };
  const std::span point = std::span(inputs).first(n);
  std::vector<std::vector<double>> u;
  for (std::size_t i = 0; i < floats; ++i) u.push_back(elements_of(inputs[n + i]));
  const auto v1 = directions(inputs, n + floats, n), v2 = directions(inputs, n + floats + n, n);
  const auto along = checked(jvp_by_duals(f, point, v1));
  const auto twice = checked(second_by_duals(f, point, v1, v2));
  double order1 = 0, order2 = 0;
  std::size_t next = 0;
  for (std::size_t i = 0; i < f.outputs.size(); ++i) {
    if (!is_float(f.type(f.outputs[i].value).dtype)) continue;
    order1 += inner(along[i], u[next]);
    order2 += inner(twice[i].mixed, u[next++]);
  }
  ASSERT_EQ(next, floats);
  const double got1 = scalar(checked(interpret(orders[0], first(1))));
  const double got2 = scalar(checked(interpret(orders[1], first(2))));
  EXPECT_NEAR(got1, order1, 1e-11 * (1 + std::fabs(order1)));
  EXPECT_NEAR(got2, order2, 1e-10 * (1 + std::fabs(order2)));

  constexpr double step = 1e-5;
  const auto second_at = [&](double distance) {
    std::vector<Literal> moved(first(2).begin(), first(2).end());
    for (std::size_t i = 0; i < n; ++i) {
      std::vector<double> elements = elements_of(moved[i]);
      const std::vector<double> direction = elements_of(inputs[n + floats + 2 * n + i]);
      for (std::size_t k = 0; k < elements.size(); ++k) elements[k] += distance * direction[k];
      moved[i] = real_literal(moved[i].type, elements);
    }
    return scalar(checked(interpret(orders[1], moved)));
  };
  const double difference = (second_at(step) - second_at(-step)) / (2 * step);
  const double got3 = scalar(checked(interpret(orders[2], inputs)));
  EXPECT_NEAR(got3, difference, 1e-5 * (1 + std::fabs(difference)));
}

TEST_P(ControlLaw, ForwardModeIsOneLoopWithoutWhatIsStacked) {
  const Graph f = plain();
  const std::size_t n = f.inputs.size();
  Sum law(context, function());
  std::vector<Value> tangents, results;
  for (std::size_t i = 0; i < n; ++i)
    tangents.push_back(law.leaf("t" + std::to_string(i), law.b.type(law.variables[i])));
  law.sum = {};
  for (const Value of : law.of) results.push_back(build_jvp(law.b, of, law.variables, tangents));
  const Graph forward = law.finished(results);
  Random random(6);
  const std::vector<Literal> inputs = random_inputs(forward, random);
  const auto values = checked(interpret(forward, inputs));
  const auto duals = checked(
      jvp_by_duals(f, std::span(inputs).first(n), directions(inputs, inputs.size() - n, n)));
  std::size_t next = 0;
  for (std::size_t i = 0; i < f.outputs.size(); ++i) {
    if (!is_float(f.type(f.outputs[i].value).dtype)) continue;
    const std::vector<double> got = elements_of(values[next++]);
    for (std::size_t k = 0; k < got.size(); ++k)
      EXPECT_NEAR(got[k], duals[i][k], 1e-11 * (1 + std::fabs(duals[i][k])))
          << i << " " << k << "\n"
          << print_graph(forward);
  }
  if (GetParam().text.find("checkpoint") != std::string_view::npos) return; // runs more, as asked
  // As many loops as the function has, none backwards that was not.
  const auto loops = [](const Graph& graph) {
    std::size_t count = 0;
    for (std::uint32_t id = 0; id < graph.node_count(); ++id) {
      const Node& node = graph.node(NodeId{id});
      if (node.row->control)
        count += node.row->control(graph.attrs(node)).kind == ControlKind::loop ? 1 : 0;
    }
    return count;
  };
  EXPECT_LE(loops(copy_live(forward)), loops(copy_live(f))) << print_graph(forward);
}

TEST_P(ControlLaw, BatchesAreTheirExamples) {
  const Graph f = plain();
  const std::size_t n = f.inputs.size();
  for (std::size_t shared = 0; shared <= n; ++shared) { // one operand the same for all, or none
    Graph graph(context, "batch");
    Builder b(graph);
    std::vector<Value> operands;
    std::vector<std::vector<std::int64_t>> axes;
    for (std::size_t i = 0; i < n; ++i) {
      Type type = f.type(f.inputs[i]);
      if (i != shared) type.shape.insert(type.shape.begin(), 3);
      operands.push_back(graph.add_leaf("x" + std::to_string(i), Role::input, type, {}));
      axes.push_back(i == shared ? std::vector<std::int64_t>{} : std::vector<std::int64_t>{0});
    }
    if (n == 1 && shared == 0) continue;
    const auto results =
        b.ops("vmap", operands,
              {{"function", Body{std::make_shared<Graph>(function())}}, {"axes", axes}});
    ASSERT_FALSE(b.error()) << b.error()->message;
    for (const Value result : results)
      graph.outputs.push_back({"y" + std::to_string(graph.outputs.size()), result});
    auto simple = run_pipeline(std::move(graph), {.stop_after = "simplify.3"});
    ASSERT_TRUE(simple);
    Random random(7 + shared);
    const std::vector<Literal> inputs = random_inputs(simple->graph, random);
    const auto all = checked(interpret(simple->graph, inputs));
    for (std::int64_t example = 0; example < 3; ++example) {
      std::vector<Literal> one;
      for (std::size_t i = 0; i < n; ++i) {
        const Type& type = f.type(f.inputs[i]);
        const std::vector<double> elements = elements_of(inputs[i]);
        const auto from = elements.begin() + (i == shared ? 0 : example * type.elements());
        one.push_back(real_literal(type, std::vector<double>(from, from + type.elements())));
      }
      const auto values = checked(interpret(f, one));
      for (std::size_t i = 0; i < values.size(); ++i)
        for (std::int64_t k = 0; k < values[i].type.elements(); ++k) {
          const std::int64_t place = example * values[i].type.elements() + k;
          if (is_float(values[i].type.dtype))
            EXPECT_NEAR(literal_real(all[i], place), literal_real(values[i], k), 1e-13) << i;
          else
            EXPECT_EQ(literal_integer(all[i], place), literal_integer(values[i], k)) << i;
        }
    }
  }
}

// --- what loops need ---

/// The plan of a text's one function.
class LoopCost : public testing::Test {
protected:
  Graph graph(const std::string& text) {
    auto parsed = parse_graph(context, text, "text");
    if (const auto* errors = std::get_if<std::vector<Error>>(&parsed))
      throw InternalError((*errors)[0].message);
    return std::move(std::get<Graph>(parsed));
  }
  OpTable table = standard_ops();
  Context context{table};
};

std::string recurrence(std::int64_t steps, bool checkpoint) {
  const std::string attrs = "{body = @cell, carries = 1, length = " + std::to_string(steps) +
                            (checkpoint ? ", checkpoint = true}" : "}");
  return R"(
func @cell(%c: f64[8], %w: f64[8]) -> (%c1) { %c1 = sin mul(%c, %w) : f64[8] }
func @f(%c0: f64[8], %w: f64[8]) -> (%loss, %gc, %gw) {
  %c = scan %c0, %w )" +
         attrs + R"( : f64[8]
  %loss = sum %c : f64[]
  %gc, %gw = grad %loss, %c0, %w {wrt = 2} : f64[8], f64[8]
})";
}

std::size_t nodes_of(const Graph& graph) {
  std::size_t count = graph.node_count();
  for (std::uint32_t id = 0; id < graph.node_count(); ++id)
    for (const AttrValue& attr : graph.context().attrs[graph.node(NodeId{id}).attrs])
      if (const auto* body = std::get_if<Body>(&attr)) count += nodes_of(*body->graph);
  return count;
}

TEST_F(LoopCost, NodesDoNotGrowWithSteps) {
  const auto nodes = [&](std::int64_t steps, bool checkpoint) {
    return nodes_of(
        checked(run_pipeline(graph(recurrence(steps, checkpoint)), {.stop_after = "simplify.3"}))
            .graph);
  };
  EXPECT_EQ(nodes(10, false), nodes(10000, false));
  EXPECT_EQ(nodes(16, true), nodes(4096, true));
}

TEST_F(LoopCost, CheckpointsGiveTheSameBits) {
  Random random(8);
  for (const std::int64_t steps : {4, 9, 11, 30}) {
    const auto plain =
        checked(run_pipeline(graph(recurrence(steps, false)), {.stop_after = "simplify.3"}));
    const auto segments =
        checked(run_pipeline(graph(recurrence(steps, true)), {.stop_after = "simplify.3"}));
    const std::vector<Literal> inputs = random_inputs(plain.graph, random);
    const auto wanted = checked(interpret(plain.graph, inputs));
    const auto got = checked(interpret(segments.graph, inputs));
    for (std::size_t i = 0; i < wanted.size(); ++i) EXPECT_EQ(got[i], wanted[i]) << steps << i;
    EXPECT_NE(print_graph(segments.graph).find("segment"), std::string::npos);
  }
}

INSTANTIATE_TEST_SUITE_P(Samples, ControlLaw, testing::ValuesIn(control_samples()),
                         [](const auto& info) { return std::string(info.param.name); });

} // namespace
} // namespace nnc
