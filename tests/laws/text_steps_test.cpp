// Both texts after every step: what is printed is read, prints the same, and computes the same
// bits.

#include "compiler/pipeline.h"
#include "ir/interpret/interpreter.h"
#include "ir/kernel/parse.h"
#include "ir/kernel/print.h"
#include "ir/text/parse.h"
#include "ir/text/print.h"
#include "laws/compiled_module.h"
#include "laws/recipes.h"
#include "testing/samples.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>

namespace nnc {
namespace {

std::string text_of(const Graph& graph) { return print_graph(graph, {.origins = false}); }

/// One function on its way through the pipeline; `wrong` says what did not survive.
struct Journey {
  std::string wrong;
  std::set<std::string, std::less<>> graph_steps, kernel_steps;
  std::vector<KernelProgram> programs; ///< planned, and as read again from its text

  void graph(std::string_view step, const Graph& graph, std::span<const Literal> inputs) {
    graph_steps.emplace(step);
    const std::string text = text_of(graph);
    Context fresh(graph.context().ops); // interning must not hide that something was lost
    auto again = parse_graph(fresh, text, "again");
    if (const auto* errors = std::get_if<1>(&again)) return fail(step, errors->front(), text);
    const Graph& same = std::get<0>(again);
    if (text_of(same) != text) wrong += fmt::format("{}:\n{}became\n{}", step, text, text_of(same));
    if (inputs.empty()) return;
    const auto x = interpret(graph, inputs), y = interpret(same, inputs);
    if (!x || !y || *x != *y) wrong += fmt::format("{}: other results:\n{}", step, text);
  }

  void program(std::string_view step, const KernelProgram& program) {
    kernel_steps.emplace(step);
    const std::string text = print_program(program);
    auto again = parse_program(text, "again");
    if (!again) return fail(step, again.error(), text);
    if (print_program(*again) != text)
      wrong += fmt::format("{}:\n{}became\n{}", step, text, print_program(*again));
    if (step == "plan") programs.push_back(std::move(*again));
  }

private:
  void fail(std::string_view step, const Error& error, const std::string& text) {
    wrong += fmt::format("{}:{}:{}: {}\n{}", step, error.place.line, error.place.column,
                         error.message, text);
  }
};

Journey journey(Graph graph, std::span<const Literal> inputs) {
  Journey journey;
  journey.graph("load", graph, {});
  PipelineOptions options;
  options.after_step = [&](std::string_view step, const Graph* after,
                           const KernelProgram* program) {
    if (program)
      journey.program(step, *program);
    else // a grad is no arithmetic before it is expanded
      journey.graph(step, *after, step == "simplify.3" ? inputs : std::span<const Literal>());
  };
  auto made = run_pipeline(std::move(graph), options);
  if (!made)
    journey.wrong += made.error().message;
  else
    journey.programs.push_back(std::move(*made->program));
  return journey;
}

/// Calls the programs of journeys, two each, and compares their bits.
std::string compare_results(std::vector<Journey>& journeys,
                            const std::vector<std::vector<Literal>>& inputs) {
  std::vector<KernelProgram> programs;
  for (Journey& each : journeys) {
    if (each.programs.size() != 2) return "a program is missing";
    for (KernelProgram& program : each.programs) programs.push_back(std::move(program));
  }
  const auto module = CompiledModule::make(std::move(programs));
  if (!module) return module.error().message;
  for (std::size_t i = 0; i < journeys.size(); ++i) {
    const auto again = module->call(2 * i, inputs[i]), first = module->call(2 * i + 1, inputs[i]);
    if (again.ok() != first.ok()) return "only one of two programs runs";
    if (first && *again != *first) return "the kernels that were read give other bits";
  }
  return {};
}

void expect_all_steps(const Journey& journey) {
  for (const Step& step : pipeline_steps()) {
    const auto& seen = step.graph ? journey.graph_steps : journey.kernel_steps;
    EXPECT_TRUE(seen.contains(step.name)) << step.name;
  }
}

TEST(TextLaw, RandomGraphsSurviveEveryStep) {
  const bool holds = rc::check("print, parse, print after every step", [] {
    const OpTable table = standard_ops();
    Context context(table);
    std::vector<Journey> journeys;
    std::vector<std::vector<Literal>> inputs;
    for (const Recipe& recipe : *recipes(2)) {
      RandomGraph random = random_graph(context, recipe);
      inputs.push_back(random.inputs);
      journeys.push_back(journey(std::move(*random.function), inputs.back()));
      if (!journeys.back().wrong.empty()) RC_FAIL(journeys.back().wrong);
      expect_all_steps(journeys.back());
    }
    if (const std::string wrong = compare_results(journeys, inputs); !wrong.empty()) RC_FAIL(wrong);
  });
  EXPECT_TRUE(holds);
}

class SampleTexts : public testing::TestWithParam<std::string> {};

TEST_P(SampleTexts, SurviveEveryStep) {
  const OpTable table = standard_ops();
  Context context(table);
  SampleBatch batch = sample_batch(context, table.at(GetParam()));
  std::vector<Journey> journeys;
  journeys.push_back(journey(std::move(*batch.graph), batch.inputs));
  EXPECT_EQ(journeys[0].wrong, "");
  expect_all_steps(journeys[0]);
  EXPECT_EQ(compare_results(journeys, {batch.inputs}), "");
}

INSTANTIATE_TEST_SUITE_P(Rows, SampleTexts, testing::ValuesIn(computing_rows()),
                         [](const auto& info) { return info.param; });

} // namespace
} // namespace nnc
