// Loops and branches: their derivatives to order 3 and their batches.

#include "compiler/pipeline.h"
#include "compiler/plan.h"
#include "compiler/target/cpu/cpu_target.h"
#include "ir/control.h"
#include "ir/interpret/interpreter.h"
#include "ir/modes.h"
#include "ir/text/parse.h"
#include "ir/text/print.h"
#include "laws/control_samples.h"
#include "laws/derived_function.h"
#include "testing/checked.h"

#include <gtest/gtest.h>

#include <cmath>

namespace nnc {
namespace {

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
  Graph plain() { return expanded(function()); }

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
  const Graph f = function();
  const auto compared = compare_derivatives(context, f, 5);
  EXPECT_LE(compared[0].error(), 1e-11) << compared[0].by_rules << " " << compared[0].by_duals;
  EXPECT_LE(compared[1].error(), 1e-10) << compared[1].by_rules << " " << compared[1].by_duals;

  DerivedFunction law(context, f);
  const std::size_t n = law.variables.size();
  for (int order = 1; order <= 2; ++order) law.derive();
  const Value second = law.sum;
  law.derive();
  const Graph third = law.finished({second, law.sum});
  Random random(5);
  const std::vector<Literal> inputs = random_inputs(third, random);
  constexpr double step = 1e-5;
  const auto second_at = [&](double distance) {
    std::vector<Literal> moved = inputs;
    for (std::size_t i = 0; i < n; ++i) {
      std::vector<double> elements = elements_of(moved[i]);
      const std::vector<double> direction = elements_of(inputs[inputs.size() - n + i]);
      for (std::size_t k = 0; k < elements.size(); ++k) elements[k] += distance * direction[k];
      moved[i] = real_literal(moved[i].type, elements);
    }
    return scalar(checked(interpret(third, moved)));
  };
  const double difference = (second_at(step) - second_at(-step)) / (2 * step);
  const double got = literal_real(checked(interpret(third, inputs))[1], 0);
  EXPECT_NEAR(got, difference, 1e-5 * (1 + std::fabs(difference)));
}

TEST_P(ControlLaw, ForwardModeIsOneLoopWithoutWhatIsStacked) {
  const Graph f = plain();
  const std::size_t n = f.inputs.size();
  DerivedFunction law(context, function());
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

/// A recurrence over vectors of `width`, and its gradient.
std::string recurrence(std::int64_t steps, bool checkpoint, std::int64_t width = 8) {
  const std::string attrs = "{body = @cell, carries = 1, length = " + std::to_string(steps) +
                            (checkpoint ? ", checkpoint = true}" : "}");
  std::string text = R"(
func @cell(%c: VECTOR, %w: VECTOR) -> (%c1) { %c1 = sin mul(%c, %w) : VECTOR }
func @f(%c0: VECTOR, %w: VECTOR) -> (%loss, %gc, %gw) {
  %c = scan %c0, %w )" +
                     attrs + R"( : VECTOR
  %loss = sum %c : f64[]
  %gc, %gw = grad %loss, %c0, %w {wrt = 2} : VECTOR, VECTOR
})";
  const std::string name = "VECTOR", type = "f64[" + std::to_string(width) + "]";
  for (std::size_t at; (at = text.find(name)) != std::string::npos;)
    text.replace(at, name.size(), type);
  return text;
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

TEST_F(LoopCost, SegmentsLeaveNoRestWhereSomeLengthNearTheRootDivides) {
  const auto text = [&](std::int64_t steps) {
    return print_graph(
        checked(run_pipeline(graph(recurrence(steps, true)), {.stop_after = "simplify.3"})).graph);
  };
  const auto nodes = [&](std::int64_t steps) { // each stands on a line of its own
    const std::string all = text(steps);
    return std::ranges::count(all, '=');
  };
  for (const std::int64_t steps : {1000, 4096, 10'000, 100'000})
    EXPECT_EQ(nodes(steps), nodes(100)) << text(steps);
  EXPECT_NE(text(10'000).find("length = 80"), std::string::npos) << text(10'000);
  EXPECT_GT(nodes(1009), nodes(100)); // a prime
}

TEST_F(LoopCost, CheckpointsGiveTheSameBits) {
  Random random(8);
  for (const std::int64_t steps : {4, 9, 11, 12, 13, 30, 64}) {
    const auto plain =
        checked(run_pipeline(graph(recurrence(steps, false)), {.stop_after = "simplify.3"}));
    const auto segments =
        checked(run_pipeline(graph(recurrence(steps, true)), {.stop_after = "simplify.3"}));
    const std::vector<Literal> inputs = random_inputs(plain.graph, random);
    const auto wanted = checked(interpret(plain.graph, inputs));
    const auto got = checked(interpret(segments.graph, inputs));
    for (std::size_t i = 0; i < wanted.size(); ++i) EXPECT_EQ(got[i], wanted[i]) << steps << i;
    // A segment has eight steps at least, which a derivative of few keeps anyway.
    EXPECT_EQ(print_graph(segments.graph).find("segment") != std::string::npos, steps >= 12);
  }
}

TEST_F(LoopCost, CheckpointsWithoutDerivativesAreNothing) {
  const Graph made = expanded(graph(R"(
func @f(%x: f64[2]) -> (%y) { %y = checkpoint sin(%x) : f64[2] }
)"));
  EXPECT_EQ(print_graph(made).find("scan"), std::string::npos) << print_graph(made);
}

TEST_F(LoopCost, ForwardModeKeepsNothingOfASteps) {
  const auto peak = [&](std::int64_t steps) {
    const std::string text = R"(
func @cell(%c: f64[8], %w: f64[8]) -> (%c1) { %c1 = sin mul(%c, %w) : f64[8] }
func @f(%c0: f64[8], %w: f64[8]) -> (%c) {
  %c = scan %c0, %w {body = @cell, carries = 1, length = )" +
                             std::to_string(steps) + R"(} : f64[8]
})";
    DerivedFunction law(context, graph(text));
    std::vector<Value> tangents;
    for (const Value variable : law.variables)
      tangents.push_back(law.leaf("t" + std::to_string(tangents.size()), law.b.type(variable)));
    const Value along = build_jvp(law.b, law.of[0], law.variables, tangents);
    law.graph.outputs.push_back({"jvp", along});
    return peak_bytes(*checked(run_pipeline(std::move(law.graph), {})).program);
  };
  EXPECT_EQ(peak(10), peak(10'000));
}

TEST_F(LoopCost, CodeDoesNotGrowWithSteps) {
  const auto bytes = [&](std::int64_t steps) {
    const auto made = checked(run_pipeline(graph(recurrence(steps, false)), {}));
    const CpuFunction function{&*made.program, "f"};
    return static_cast<double>(checked(compile_object({&function, 1}, {})).objects[0].size());
  };
  EXPECT_NEAR(bytes(10'000) / bytes(10), 1, 0.02);
}

TEST_F(LoopCost, CheckpointsTakeLittleMemory) {
  const auto peak = [&](bool checkpoint) {
    return peak_bytes(*checked(run_pipeline(graph(recurrence(4096, checkpoint, 64)), {})).program);
  };
  EXPECT_LE(8 * peak(true), peak(false));
}

INSTANTIATE_TEST_SUITE_P(Samples, ControlLaw, testing::ValuesIn(control_samples()),
                         [](const auto& info) { return std::string(info.param.name); });

} // namespace
} // namespace nnc
