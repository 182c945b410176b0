// docs/ops.md: which op works for which dtype in which executor, made from runs of the samples.
// NNC_BLESS=1 writes the page.

#include "compiler/differentiate.h"
#include "compiler/inline.h"
#include "ir/builder.h"
#include "ir/interpret/interpreter.h"
#include "ir/modes.h"
#include "laws/compiled_module.h"
#include "places.h"
#include "testing/compare.h"
#include "testing/golden.h"
#include "testing/laws/derived_sample.h"
#include "testing/samples.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace nnc {
namespace {

constexpr const char* columns[] = {"interpreter", "CPU", "grad", "grad of grad", "forward", "vmap"};
constexpr int forward = 4, vmap = 5;

/// dtypes of the first operand (of the result where there is none) that ran, by column.
struct Support {
  std::set<DType> ran[std::size(columns)];
};

DType dtype_of(const SampleCase& sample) {
  return sample.in.empty() ? sample.out[0].type.dtype : sample.in[0].type.dtype;
}

/// s1 = sum of <float results, u>, and for the second order s2 = sum of <grad s1, u>.
std::optional<Graph> derivative(Context& context, const OpRow& row, const SampleCase& sample,
                                int order, std::vector<Literal>& inputs) {
  std::vector<Type> types;
  for (const Literal& literal : sample.in) types.push_back(literal.type);
  auto made = sample_graph(context, row, sample.attrs, types);
  if (!made) return std::nullopt;
  Graph graph = std::move(*made);
  Builder b(graph);
  std::vector<Value> wrt, results;
  for (const Value leaf : graph.inputs)
    if (is_float(graph.type(leaf).dtype)) wrt.push_back(leaf);
  for (const Output& output : graph.outputs)
    if (is_float(graph.type(output.value).dtype)) results.push_back(output.value);
  if (wrt.empty() || results.empty()) return std::nullopt;
  inputs = sample.in;
  for (int n = 0; n < order; ++n) {
    Value total;
    for (const Value y : results) {
      const Type type = graph.type(y);
      const std::string name = "u" + std::to_string(inputs.size());
      const Value u = graph.add_leaf(name, Role::input, type, {});
      inputs.push_back(splat_literal(type, 0.75));
      const Value term = b.cast(b.op("sum", {b.mul(y, u)}), DType::f64);
      total = total.valid() ? b.add(total, term) : term;
    }
    results = build_grad(b, {total, {}, wrt});
  }
  graph.outputs.clear();
  for (const Value value : results)
    graph.outputs.push_back({"g" + std::to_string(graph.outputs.size()), value});
  if (auto error = b.take_error()) throw InternalError(row.name + ": " + error->message);
  return graph;
}

/// Every float result along a direction.
std::optional<Graph> tangents(Context& context, const OpRow& row, const SampleCase& sample,
                              std::vector<Literal>& inputs) {
  std::vector<Type> types;
  for (const Literal& literal : sample.in) types.push_back(literal.type);
  auto made = sample_graph(context, row, sample.attrs, types);
  if (!made) return std::nullopt;
  Graph graph = std::move(*made);
  Builder b(graph);
  inputs = sample.in;
  std::vector<Value> wrt, directions, results;
  for (const Value leaf : std::vector<Value>(graph.inputs)) {
    const Type type = graph.type(leaf);
    if (!is_float(type.dtype)) continue;
    wrt.push_back(leaf);
    const std::string name = "v" + std::to_string(inputs.size());
    directions.push_back(graph.add_leaf(name, Role::input, type, {}));
    inputs.push_back(splat_literal(type, 0.75));
  }
  for (const Output& output : graph.outputs)
    if (is_float(graph.type(output.value).dtype)) results.push_back(output.value);
  if (wrt.empty() || results.empty()) return std::nullopt;
  graph.outputs.clear();
  for (const Value y : results)
    graph.outputs.push_back(
        {"t" + std::to_string(graph.outputs.size()), build_jvp(b, y, wrt, directions)});
  if (auto error = b.take_error()) throw InternalError(row.name + ": " + error->message);
  return graph;
}

/// Two equal examples.
std::optional<Graph> batch_of_two(Context& context, const OpRow& row, const SampleCase& sample,
                                  std::vector<Literal>& inputs) {
  std::vector<Type> types;
  for (const Literal& literal : sample.in) types.push_back(literal.type);
  auto body = sample_graph(context, row, sample.attrs, types);
  if (!body || types.empty()) return std::nullopt;
  Graph graph(context, row.name);
  Builder b(graph);
  std::vector<Value> operands;
  for (const Literal& literal : sample.in) {
    Literal two = literal;
    two.type.shape.insert(two.type.shape.begin(), 2);
    auto bytes = std::make_shared<std::vector<std::byte>>(*literal.bytes);
    bytes->insert(bytes->end(), literal.bytes->begin(), literal.bytes->end());
    two.bytes = std::move(bytes);
    operands.push_back(
        graph.add_leaf("x" + std::to_string(inputs.size()), Role::input, two.type, {}));
    inputs.push_back(std::move(two));
  }
  const std::vector<std::vector<std::int64_t>> axes(operands.size(), {0});
  const Body function{std::make_shared<const Graph>(std::move(*body))};
  for (const Value value : b.ops("vmap", operands, {{"function", function}, {"axes", axes}}))
    graph.outputs.push_back({"y" + std::to_string(graph.outputs.size()), value});
  if (auto error = b.take_error()) throw InternalError(row.name + ": " + error->message);
  return graph;
}

/// A program to call, and what the interpreter says that it yields.
struct Run {
  DType dtype;
  int column;
  std::vector<Literal> inputs, want;
};

/// Loose bounds: the laws have the tight ones, here a wrong column is to be seen.
bool alike(const Literal& got, const Literal& want) {
  if (!is_float(want.type.dtype)) return got == want;
  double largest = 1;
  for (const double w : elements_of(want))
    if (std::isfinite(w)) largest = std::max(largest, std::fabs(w));
  return difference(got, want, {.units = 64, .floor = largest}).empty();
}

/// Interprets and compiles; neither may refuse what the other accepts.
void add_run(const Graph& graph, Run run, std::vector<Run>& runs,
             std::vector<KernelProgram>& programs) {
  auto want =
      interpret(differentiate(inline_calls(graph, graph.context()), graph.context()), run.inputs);
  if (!want) return;
  run.want = std::move(*want);
  programs.push_back(kernels_of(graph).value());
  runs.push_back(std::move(run));
}

/// The value and the derivatives of the first sample of each dtype.
Support support_of(const OpTable& table, const OpRow& row) {
  Context context(table);
  Support support;
  std::set<std::pair<DType, int>> chosen;
  std::vector<Run> runs;
  std::vector<KernelProgram> programs;
  for (const SampleCase& sample : load_samples(row)) {
    const DType dtype = dtype_of(sample);
    std::vector<Type> types;
    for (const Literal& literal : sample.in) types.push_back(literal.type);
    const auto graph = sample_graph(context, row, sample.attrs, types);
    if (!graph || !interpret(*graph, sample.in)) continue;
    support.ran[0].insert(dtype);
    if (chosen.insert({dtype, 1}).second)
      add_run(*graph, {dtype, 1, sample.in, {}}, runs, programs);
    for (int order = 1; row.grad && order <= 2; ++order) {
      std::vector<Literal> inputs;
      if (chosen.contains({dtype, order + 1})) continue;
      const auto slope = derivative(context, row, sample, order, inputs);
      if (!slope) continue;
      chosen.insert({dtype, order + 1});
      add_run(*slope, {dtype, order + 1, inputs, {}}, runs, programs);
    }
    const auto add_once = [&](int column, auto make) {
      std::vector<Literal> inputs;
      if (chosen.contains({dtype, column})) return;
      const auto made = make(context, row, sample, inputs);
      if (!made) return;
      chosen.insert({dtype, column});
      add_run(*made, {dtype, column, inputs, {}}, runs, programs);
    };
    if (row.grad) add_once(forward, tangents);
    add_once(vmap, batch_of_two);
  }
  const auto module = CompiledModule::make(std::move(programs));
  if (!module) throw InternalError(row.name + ": " + module.error().message);
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const auto got = module->call(i, runs[i].inputs);
    bool good = got.ok();
    for (std::size_t k = 0; good && k < got->size(); ++k) good = alike((*got)[k], runs[i].want[k]);
    EXPECT_TRUE(good) << row.name << " " << dtype_name(runs[i].dtype) << ", "
                      << columns[runs[i].column];
    if (good) support.ran[runs[i].column].insert(runs[i].dtype);
  }
  return support;
}

std::string cell(const std::set<DType>& ran) {
  std::string text;
  for (const DType dtype : ran) text += (text.empty() ? "" : " ") + std::string(dtype_name(dtype));
  return text.empty() ? "-" : text;
}

std::string page() {
  const OpTable table = standard_ops();
  std::string text =
      "# Operations\n\nWhat ran when the tests of the samples last passed: an op, "
      "and the dtypes of its first\noperand that the interpreter and the CPU "
      "compute and that can be differentiated once\nand twice, forwards, and run for "
      "many examples on both. Written by `laws_test`.\n\n| op | what it computes |";
  for (const char* column : columns) text += fmt::format(" {} |", column);
  text += "\n|---|---|---|---|---|---|---|---|\n";
  for (const OpRow* row : table.rows()) {
    if (row->kind == "structure" || (!row->element && !row->body)) continue;
    const Support support = support_of(table, *row);
    std::string doc = row->doc; // a bar would end the column
    for (std::size_t i = 0; (i = doc.find('|', i)) != std::string::npos; i += 2)
      doc.insert(i, "\\");
    text += fmt::format("| `{}` | {} |", row->name, doc);
    for (const auto& ran : support.ran) text += fmt::format(" {} |", cell(ran));
    text += "\n";
  }
  return text;
}

TEST(OpsPage, SaysWhatRuns) { expect_golden(NNC_SOURCE "/docs/ops.md", page()); }

} // namespace
} // namespace nnc
