// Run files as source: the outputs that the files give, and gradients as the interpreter has them.
#include "ir/grad_node.h"
#include "runs/run_files.h"
#include "source/source_module.h"
#include "testing/compiled_run.h"

#include <numeric>

namespace nnc::test {
namespace {

/// Derivatives of the sum of all float outputs with respect to all float inputs; nullopt where a
/// function has none, or goes through a loop without a bound.
std::optional<Graph> gradients(Graph graph) {
  Builder b(graph);
  Value sum;
  for (const Output& output : graph.outputs) {
    if (!is_float(b.dtype(output.value))) continue;
    std::vector<std::int64_t> axes(b.shape(output.value).size());
    std::iota(axes.begin(), axes.end(), 0);
    Value one = b.cast(output.value, DType::f64);
    if (!axes.empty()) one = b.sum(one, axes);
    sum = sum.valid() ? b.add(sum, one) : one;
  }
  std::vector<Value> wrt;
  for (const Value leaf : graph.inputs)
    if (is_float(b.dtype(leaf))) wrt.push_back(leaf);
  if (!sum.valid() || wrt.empty()) return std::nullopt;
  const std::vector<Value> results = build_grad(b, {sum, {}, wrt});
  if (b.error()) return std::nullopt;
  graph.outputs.clear();
  graph.updates.clear();
  for (const Value result : results)
    graph.outputs.push_back({"g" + std::to_string(graph.outputs.size()), result});
  return graph;
}

/// The functions of all runs, and their gradients, in one file.
struct Functions {
  std::vector<std::unique_ptr<RunCase>> runs = all_runs();
  struct Gradient {
    RunCase* run;
    Graph simple; ///< what the interpreter takes
    std::size_t program;
  };
  std::vector<Gradient> derived;
  std::vector<KernelProgram> programs;

  Functions() {
    for (const auto& run : runs) {
      run->context().flush_denormals = false;
      programs.push_back(compile_to_kernels(run->build()));
    }
    for (const auto& run : runs) derive(*run);
  }

  /// A loop that nothing bounds has no derivative.
  void derive(RunCase& run) {
    const auto graph = gradients(run.build());
    if (!graph) return;
    auto simple = run_pipeline(copy_live(*graph), {.stop_after = last_graph_step()});
    if (!simple && simple.error().code == "E0402") return;
    ASSERT_TRUE(simple) << simple.error().message;
    derived.push_back({&run, std::move(simple->graph), programs.size()});
    programs.push_back(compile_to_kernels(*graph));
  }
};

double unit_of(DType dtype) {
  return dtype == DType::f64 ? 1e-9 : dtype == DType::f32 ? 1e-3 : 0.1;
}

double largest_of(const Literal& literal) {
  double largest = 1e-30;
  for (std::int64_t k = 0; k < literal.type.elements(); ++k)
    if (const double x = std::abs(literal_real(literal, k)); std::isfinite(x))
      largest = std::max(largest, x);
  return largest;
}

/// The same within a small part of the largest element, or of as small a part of `all`, the
/// largest of all results: beside those a tensor may be rounding alone. What is no finite number is
/// the same.
void expect_close(const Literal& got, const Literal& want, double all, const std::string& what) {
  const double largest = std::max(largest_of(want), unit_of(want.type.dtype) * all);
  for (std::int64_t k = 0; k < want.type.elements(); ++k) {
    const double a = literal_real(got, k), w = literal_real(want, k);
    if (!std::isfinite(w)) {
      ASSERT_TRUE(a == w || (std::isnan(a) && std::isnan(w))) << what << " [" << k << "] is " << a;
      continue;
    }
    ASSERT_LE(std::abs(a - w), unit_of(want.type.dtype) * largest) << what << " [" << k << "]";
  }
}

class SourceRuns : public testing::TestWithParam<const Language*> {};

TEST_P(SourceRuns, GiveTheirOutputsAndGradients) {
  Functions all;
  EXPECT_GE(all.derived.size(), 30u);
  const auto module = SourceModule::make(*GetParam(), all.programs);
  ASSERT_TRUE(module) << module.error().message;
  for (std::size_t i = 0; i < all.runs.size(); ++i) {
    SCOPED_TRACE(all.runs[i]->name());
    const Graph graph = all.runs[i]->build();
    all.runs[i]->expect_outputs(graph, module->call(i, all.runs[i]->inputs(graph)),
                                std::string(GetParam()->name));
  }
  for (const Functions::Gradient& one : all.derived) {
    SCOPED_TRACE(one.run->name());
    const std::vector<Literal> inputs = one.run->inputs(one.simple);
    const auto want = interpret(one.simple, inputs);
    ASSERT_TRUE(want) << want.error().message;
    const auto got = module->call(one.program, inputs);
    ASSERT_TRUE(got) << got.error().message;
    double all = 0;
    for (const Literal& each : *want) all = std::max(all, largest_of(each));
    for (std::size_t i = 0; i < want->size(); ++i)
      expect_close((*got)[i], (*want)[i], all, "gradient " + std::to_string(i));
  }
}

INSTANTIATE_TEST_SUITE_P(In, SourceRuns, testing::ValuesIn(languages),
                         [](const auto& info) { return std::string(info.param->name); });

} // namespace
} // namespace nnc::test
