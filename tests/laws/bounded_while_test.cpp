// What a bounded `while` and its derivatives do follows the steps that are taken, not those that
// might be: executions of bodies, counted by the interpreter on the last graph before kernels.
#include "compiler/pipeline.h"
#include "ir/interpret/interpreter.h"
#include "ir/modes.h"
#include "ir/text/parse.h"
#include "testing/checked.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace nnc {
namespace {

/// Doubles x, and bends it, until it is 100: seven steps from 1.
constexpr std::string_view text = R"(
func @more(%x: f64[], %a: f64[]) -> (%m) {{ %m = lt %x, f64(100) : bool[] }}
func @next(%x: f64[], %a: f64[]) -> (%y, w = %x) {{ %y = add mul(%x, %a), sin(%x) : f64[] }}
func @f(%x0: f64[], %a: f64[]) -> (%x, %ws, %n) {{
  %x, %ws, %n = while %x0, %a {{cond = @more, body = @next, carries = 1, max_steps = {0}}}
    : f64[], f64[{0}], i64[]
}})";

struct Outcome {
  std::int64_t steps = 0; ///< of all loops
  double last = 0;
};

/// Runs the derivative of an order of the last x, and of what is stacked, with respect to both.
Outcome run(std::int64_t max_steps, int order) {
  const OpTable ops = standard_ops();
  Context context(ops);
  auto parsed = parse_graph(context, fmt::format(text, max_steps), "text");
  if (const auto* errors = std::get_if<std::vector<Error>>(&parsed))
    throw InternalError((*errors)[0].message);
  Graph graph = std::move(std::get<Graph>(parsed));
  Builder b(graph);
  Value y = b.add(graph.outputs[0].value, b.sum(graph.outputs[1].value, {0}));
  const std::vector<Value> wrt = graph.inputs;
  for (int i = 0; i < order; ++i) {
    const std::vector<Value> gradients = build_grad(b, {y, {}, wrt});
    y = b.add(gradients[0], gradients[1]);
  }
  if (b.error()) throw InternalError(b.error()->message);
  graph.outputs = {{"y", y}};
  const auto simple = checked(run_pipeline(std::move(graph), {.stop_after = "simplify.3"}));
  const Literal inputs[] = {splat_literal({DType::f64, {}}, 1.0),
                            splat_literal({DType::f64, {}}, 2.0)};
  InterpretWork work;
  const auto results = checked(interpret(simple.graph, inputs, {.work = &work}));
  return {work.steps, literal_real(results[0], 0)};
}

class BoundedWhile : public testing::TestWithParam<int> {};

TEST_P(BoundedWhile, RunsBodiesForTheStepsThatAreTaken) {
  const Outcome few = run(10, GetParam()), many = run(100'000, GetParam());
  EXPECT_EQ(few.steps, many.steps);
  EXPECT_GE(few.steps, 5);
  EXPECT_LE(few.steps, 10 << (2 * GetParam()));
  EXPECT_DOUBLE_EQ(few.last, many.last);
}

INSTANTIATE_TEST_SUITE_P(Orders, BoundedWhile, testing::Values(0, 1, 2, 3));

} // namespace
} // namespace nnc
