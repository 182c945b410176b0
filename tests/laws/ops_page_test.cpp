// docs/ops.md: which op works for which dtype in which executor, made from runs of the samples.
// NNC_BLESS=1 writes the page.

#include "compiler/differentiate.h"
#include "compiler/inline.h"
#include "ir/builder.h"
#include "ir/interpret/interpreter.h"
#include "ir/modes.h"
#include "ir/text/parse.h"
#include "laws/compiled_module.h"
#include "laws/control_samples.h"
#include "places.h"
#include "source/source_module.h"
#include "testing/compare.h"
#include "testing/compiled_run.h"
#include "testing/golden.h"
#include "testing/laws/derived_sample.h"
#include "testing/samples.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

namespace nnc {
namespace {

constexpr const char* columns[] = {"interpreter", "CPU",          "C",       "CUDA",
                                   "grad",        "grad of grad", "forward", "vmap"};
constexpr int cpu = 1, first_language = 2, first_order = 4, forward = 6, vmap = 7;

/// dtypes that ran, by column: of the first operand (of the result where there is none); for a
/// control row, of what it carries or hands to its bodies.
struct Support {
  std::set<DType> ran[std::size(columns)];
};

/// A function in which an op stands, and data for its inputs.
struct Case {
  DType dtype;
  std::shared_ptr<const Graph> function;
  std::vector<Literal> inputs;
};

/// A sample is a function of one node.
std::vector<Case> cases_of_samples(Context& context, const OpRow& row) {
  std::vector<Case> cases;
  for (SampleCase& sample : load_samples(row)) {
    std::vector<Type> types;
    for (const Literal& literal : sample.in) types.push_back(literal.type);
    auto graph = sample_graph(context, row, sample.attrs, types);
    if (!graph) continue;
    const DType dtype = (sample.in.empty() ? sample.out : sample.in)[0].type.dtype;
    cases.push_back(
        {dtype, std::make_shared<const Graph>(std::move(*graph)), std::move(sample.in)});
  }
  return cases;
}

/// Loops, a branch and calls without arithmetic: values of every dtype can be carried.
const ControlSample values_that_move = {"values_that_move", R"(
func @delay(%c: f64[2], %x: f64[2]) -> (%x, y = %c) {}
func @differ(%a: f64[], %b: f64[]) -> (%p) { %p = ne %a, %b : bool[] }
func @settle(%a: f64[], %b: f64[]) -> (%b, b2 = %b) {}
func @first(%a: f64[2], %b: f64[2]) -> (%a) {}
func @second(%a: f64[2], %b: f64[2]) -> (%b) {}
func @f(%c0: f64[2], %xs: f64[4,2], %q: f64[], %r: f64[]) -> (%y, %z, %ys, %zs, %s, %n) {
  %c, %ys = scan %c0, %xs {body = @delay, carries = 1, over = 1} : f64[2], f64[4,2]
  %s, %t, %n = while %q, %r {cond = @differ, body = @settle, carries = 2, max_steps = 5} : f64[], f64[], i64[]
  %p = eq %q, %r : bool[]
  %y = cond %p, %c, %c0 {then = @first, else = @second} : f64[2]
  %z = call %c, %c0 {function = @second} : f64[2]
  %zs = vmap %ys, %y {function = @first, axes = [[0], []]} : f64[4,2]
})"};

std::string with_dtype(std::string_view text, DType dtype) {
  constexpr std::string_view written = "f64";
  std::string result(text);
  const std::string_view name = dtype_name(dtype);
  for (std::size_t i = 0; (i = result.find(written, i)) != std::string::npos; i += name.size())
    result.replace(i, written.size(), name);
  return result;
}

bool has_node_of(const Graph& function, const OpRow& row) {
  for (std::uint32_t id = 0; id < function.node_count(); ++id)
    if (function.node(NodeId{id}).row == &row) return true;
  return false;
}

/// Functions with loops, branches and calls, in each dtype whose values their bodies can compute.
std::vector<Case> cases_of_control(Context& context, const OpRow& row) {
  std::vector<Case> cases;
  std::vector<ControlSample> samples = control_samples();
  samples.push_back(values_that_move);
  for (int i = 0; i < dtype_count; ++i)
    for (const ControlSample& sample : samples) {
      const auto dtype = static_cast<DType>(i);
      auto parsed = parse_graph(context, with_dtype(sample.text, dtype), std::string(sample.name));
      auto* function = std::get_if<Graph>(&parsed);
      if (!function || !has_node_of(*function, row)) continue;
      std::vector<Literal> inputs = test::random_inputs(*function, 1);
      cases.push_back(
          {dtype, std::make_shared<const Graph>(std::move(*function)), std::move(inputs)});
    }
  return cases;
}

/// s1 = sum of <float results, u>, and for the second order s2 = sum of <grad s1, u>.
std::optional<Graph> derivative(const Case& of, int order, std::vector<Literal>& inputs) {
  Graph graph = copy_live(*of.function);
  Builder b(graph);
  std::vector<Value> wrt, results;
  for (const Value leaf : graph.inputs)
    if (is_float(graph.type(leaf).dtype)) wrt.push_back(leaf);
  for (const Output& output : graph.outputs)
    if (is_float(graph.type(output.value).dtype)) results.push_back(output.value);
  if (wrt.empty() || results.empty()) return std::nullopt;
  inputs = of.inputs;
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
  if (auto error = b.take_error()) throw InternalError(graph.name + ": " + error->message);
  return graph;
}

/// Every float result along a direction.
std::optional<Graph> tangents(const Case& of, std::vector<Literal>& inputs) {
  Graph graph = copy_live(*of.function);
  Builder b(graph);
  inputs = of.inputs;
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
  if (auto error = b.take_error()) throw InternalError(graph.name + ": " + error->message);
  return graph;
}

/// Two equal examples.
std::optional<Graph> batch_of_two(const Case& of, std::vector<Literal>& inputs) {
  if (of.inputs.empty()) return std::nullopt;
  Graph graph(of.function->context(), of.function->name);
  Builder b(graph);
  std::vector<Value> operands;
  for (const Literal& literal : of.inputs) {
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
  for (const Value value :
       b.ops("vmap", operands, {{"function", Body{of.function}}, {"axes", axes}}))
    graph.outputs.push_back({"y" + std::to_string(graph.outputs.size()), value});
  if (auto error = b.take_error()) throw InternalError(graph.name + ": " + error->message);
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

/// With the nodes expanded that a pass dissolves: calls, `vmap`, `grad`.
Result<std::vector<Literal>> interpreted(const Graph& graph, std::span<const Literal> inputs) {
  return interpret(differentiate(inline_calls(graph, graph.context()), graph.context()), inputs);
}

/// Interprets and compiles; neither may refuse what the other accepts.
void add_run(const Graph& graph, Run run, std::vector<Run>& runs,
             std::vector<KernelProgram>& programs) {
  auto want = interpreted(graph, run.inputs);
  if (!want) return;
  run.want = std::move(*want);
  programs.push_back(kernels_of(graph).value());
  runs.push_back(std::move(run));
}

bool all_alike(const Result<std::vector<Literal>>& got, const std::vector<Literal>& want) {
  bool good = got.ok();
  for (std::size_t k = 0; good && k < got->size(); ++k) good = alike((*got)[k], want[k]);
  return good;
}

/// The values of all rows, which are printed in one file: a compiler takes longer to start than to
/// compile one.
struct Printed {
  std::vector<std::size_t> rows; ///< of the page, by run
  std::vector<Run> runs;
  std::vector<KernelProgram> programs;
};

/// Compiles them as one source of each language, and notes what ran.
void run_printed(const Printed& printed, std::vector<Support>& support) {
  for (std::size_t l = 0; l < std::size(languages); ++l) {
    const auto module = SourceModule::make(*languages[l], printed.programs);
    if (!module) throw InternalError(module.error().message);
    const std::size_t column = first_language + l;
    for (std::size_t i = 0; i < printed.runs.size(); ++i) {
      const Run& run = printed.runs[i];
      const auto got = module->call(i, run.inputs);
      const bool good = all_alike(got, run.want);
      EXPECT_TRUE(good) << printed.programs[i].name << " " << dtype_name(run.dtype) << ", "
                        << columns[column] << (got.ok() ? "" : ": " + got.error().message);
      if (good) support[printed.rows[i]].ran[column].insert(run.dtype);
    }
  }
}

/// The value and the derivatives of the first case of each dtype; the values are to be printed as
/// those of row `number` too.
Support support_of(const OpRow& row, const std::vector<Case>& cases, std::size_t number,
                   Printed& printed) {
  Support support;
  std::set<std::pair<DType, int>> chosen;
  std::vector<Run> runs;
  std::vector<KernelProgram> programs;
  // A control row that a pass dissolves has the derivatives of its body, and no rule.
  const bool differentiable = row.grad || (row.kind == "control" && row.opaque);
  for (const Case& each : cases) {
    if (!interpreted(*each.function, each.inputs)) continue;
    support.ran[0].insert(each.dtype);
    if (chosen.insert({each.dtype, cpu}).second)
      add_run(*each.function, {each.dtype, cpu, each.inputs, {}}, runs, programs);
    const auto add_once = [&](int column, auto make) {
      std::vector<Literal> inputs;
      if (chosen.contains({each.dtype, column})) return;
      const auto made = make(inputs);
      if (!made) return;
      chosen.insert({each.dtype, column});
      add_run(*made, {each.dtype, column, inputs, {}}, runs, programs);
    };
    for (int order = 1; differentiable && order <= 2; ++order)
      add_once(first_order + order - 1,
               [&](auto& inputs) { return derivative(each, order, inputs); });
    if (differentiable) add_once(forward, [&](auto& inputs) { return tangents(each, inputs); });
    add_once(vmap, [&](auto& inputs) { return batch_of_two(each, inputs); });
  }
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (runs[i].column != cpu) continue;
    printed.rows.push_back(number);
    printed.runs.push_back(runs[i]);
    printed.programs.push_back(programs[i]);
  }
  const auto module = CompiledModule::make(std::move(programs));
  if (!module) throw InternalError(row.name + ": " + module.error().message);
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const bool good = all_alike(module->call(i, runs[i].inputs), runs[i].want);
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
      "compute, and the sources of `--emit=c` and\n`--emit=cuda` (on the emulated device), and "
      "that can be differentiated once and twice,\nforwards, and run for many examples by "
      "interpreter and CPU; for loops, branches and calls\nthe dtypes of the values that their "
      "functions take. Written by `laws_test`.\n\n| op | what it computes |";
  for (const char* column : columns) text += fmt::format(" {} |", column);
  text += "\n|---|---|---|---|---|---|---|---|---|---|\n";
  std::vector<const OpRow*> rows;
  std::vector<Support> support;
  Printed printed;
  for (const OpRow* row : table.rows()) {
    if (row->kind == "structure") continue;
    Context context(table);
    const std::vector<Case> cases = row->element || row->body ? cases_of_samples(context, *row)
                                                              : cases_of_control(context, *row);
    if (cases.empty()) continue;
    support.push_back(support_of(*row, cases, rows.size(), printed));
    rows.push_back(row);
  }
  run_printed(printed, support);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::string doc = rows[i]->doc; // a bar would end the column
    for (std::size_t k = 0; (k = doc.find('|', k)) != std::string::npos; k += 2)
      doc.insert(k, "\\");
    text += fmt::format("| `{}` | {} |", rows[i]->name, doc);
    for (const auto& ran : support[i].ran) text += fmt::format(" {} |", cell(ran));
    text += "\n";
  }
  return text;
}

TEST(OpsPage, SaysWhatRuns) { expect_golden(NNC_SOURCE "/docs/ops.md", page()); }

} // namespace
} // namespace nnc
