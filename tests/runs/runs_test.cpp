// Run files: a model, inputs, and the outputs that it must give. Each is run by the interpreter, as
// differentiated and simplified, and as compiled for the CPU; tests/source runs them as source.
#include "compiler/pipeline.h"
#include "runs/run_files.h"
#include "testing/compiled_run.h"

namespace nnc::test {
namespace {

TEST(Runs, EveryFileGivesItsOutputs) {
  const auto runs = all_runs();
  EXPECT_GE(runs.size(), 50u);
  for (const auto& run : runs) {
    SCOPED_TRACE(run->name());
    auto simple = run_pipeline(run->build(), {.stop_after = last_graph_step()});
    ASSERT_TRUE(simple) << simple.error().message;
    const std::vector<Literal> inputs = run->inputs(simple->graph);
    run->expect_outputs(simple->graph, interpret(simple->graph, inputs), "interpreter");
    const Graph graph = run->build();
    run->expect_outputs(graph, run_compiled(graph, inputs), "CPU");
  }
}

} // namespace
} // namespace nnc::test
