// CPU = interpreter on random graphs and their gradients, in f64 and f32.

#include "compiler/differentiate.h"
#include "ir/interpret/interpreter.h"
#include "ir/text/print.h"
#include "laws/compiled_module.h"
#include "laws/random_graph.h"
#include "laws/recipes.h"
#include "testing/checked.h"
#include "testing/laws/derived_sample.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace nnc {
namespace {

/// Two units in the last place of f32, and what turns that spread into one of f64.
constexpr double two_units = 0x1p-22, to_f64 = 0x1p-29;
/// Four times the largest of a few random draws bounds what rounding does to a graph.
constexpr double margin = 4;

struct Distribution {
  int graphs = 0, reducing = 0, dull = 0, derived = 0, narrow = 0, ops = 0;
  std::size_t outputs = 0, finite = 0;
  std::map<std::string, int> with_row;
};

struct Trial {
  RandomGraph random;
  std::vector<Literal> want;
  std::vector<double> spread;
  /// Per output: nothing it is computed from is NaN or infinite. Rewrites may put the limit in
  /// place of a NaN, and whatever reads that may then differ: such outputs are not compared.
  std::vector<bool> finite;
  bool narrow = false; ///< smooth enough, and of a size, to be compared in f32
};

/// An element of any dtype; integers of the graphs here are exact in a double or compared as such.
double element(const Literal& literal, std::int64_t i) {
  return is_float(literal.type.dtype) ? literal_real(literal, i)
                                      : static_cast<double>(literal_integer(literal, i));
}

double largest_of(const Literal& literal) {
  double largest = 0;
  for (std::int64_t i = 0; i < literal.type.elements(); ++i)
    largest = std::max(largest, std::fabs(element(literal, i)));
  return largest;
}

bool all_finite(const Literal& literal) {
  if (!is_float(literal.type.dtype)) return true;
  for (std::int64_t i = 0; i < literal.type.elements(); ++i)
    if (!std::isfinite(literal_real(literal, i))) return false;
  return true;
}

/// Is every element 0 or a normal number of f32? Others would become 0 or infinite there.
bool fits_f32(const Literal& literal) {
  if (!is_float(literal.type.dtype)) return true;
  for (std::int64_t i = 0; i < literal.type.elements(); ++i)
    if (const double x = literal_real(literal, i); x != 0 && !std::isnormal(static_cast<float>(x)))
      return false;
  return true;
}

/// The values of the outputs, which of them depend on finite values only, and whether f32 can hold
/// all that they are computed from.
void evaluate(const Graph& graph, Trial& trial) {
  std::vector<bool> finite(graph.value_count(), true);
  trial.narrow = true;
  const auto watch = [&](Value value, const Literal& literal) {
    finite[value.id] = all_finite(literal);
    trial.narrow = trial.narrow && fits_f32(literal);
    for (const Value operand : graph.operands(graph.producer(value)))
      finite[value.id] = finite[value.id] && finite[operand.id];
  };
  trial.want = checked(interpret(graph, trial.random.inputs, {.watch = watch}));
  for (const Output& output : graph.outputs) trial.finite.push_back(finite[output.value.id]);
}

Trial trial_of(Context& context, const Recipe& recipe) {
  Trial trial;
  trial.random = random_graph(context, recipe);
  const Graph expanded = differentiate(*trial.random.function, context);
  evaluate(expanded, trial);
  trial.spread = spread(expanded, trial.random.inputs, two_units);
  for (std::size_t i = 0; i < trial.want.size(); ++i)
    if (trial.finite[i] && is_float(trial.want[i].type.dtype))
      trial.narrow &= trial.spread[i] <= 1e-3 * (1 + largest_of(trial.want[i]));
  return trial;
}

/// Empty, or the outputs that are too far from what is wanted.
std::string compare(const Trial& trial, std::span<const Literal> got, double scale) {
  std::string wrong;
  for (std::size_t i = 0; i < got.size(); ++i) {
    if (!trial.finite[i]) continue;
    const Literal& want = trial.want[i];
    const std::string& name = trial.random.function->outputs[i].name;
    const double unit = two_units * scale * largest_of(want);
    const double allowed = margin * (trial.spread[i] * scale + unit) + 1e-300;
    for (std::int64_t k = 0; k < want.type.elements(); ++k) {
      const double a = element(got[i], k), w = element(want, k);
      const bool same = is_float(want.type.dtype)
                            ? std::fabs(a - w) <= allowed
                            : literal_integer(got[i], k) == literal_integer(want, k);
      if (same) continue;
      wrong += fmt::format("{} [{}] is {}, not {} +- {}\n", name, k, a, w, allowed);
      break;
    }
  }
  return wrong;
}

void count(Distribution& seen, const Trial& trial) {
  ++seen.graphs;
  seen.reducing += trial.random.reduces;
  seen.dull += trial.random.dull;
  seen.derived += trial.random.function->outputs.size() > trial.random.plain_outputs;
  seen.narrow += trial.narrow;
  seen.outputs += trial.finite.size();
  seen.finite += static_cast<std::size_t>(std::ranges::count(trial.finite, true));
  for (const auto& [row, times] : trial.random.rows) {
    ++seen.with_row[row];
    if (row != "input" && row != "constant") seen.ops += times;
  }
}

std::string check(std::span<const Recipe> recipes, Distribution& seen) {
  const OpTable table = standard_ops();
  Context context(table);
  std::vector<Trial> trials;
  std::vector<KernelProgram> programs;
  for (const Recipe& recipe : recipes) {
    trials.push_back(trial_of(context, recipe));
    const Graph& function = *trials.back().random.function;
    programs.push_back(kernels_of(function).value());
    programs.push_back(kernels_of(narrowed(function)).value());
    count(seen, trials.back());
  }
  const auto module = CompiledModule::make(std::move(programs));
  if (!module) return module.error().message;
  std::string wrong;
  for (std::size_t i = 0; i < trials.size(); ++i) {
    const std::vector<Literal>& inputs = trials[i].random.inputs;
    const auto wide = module->call(2 * i, inputs);
    std::string one = wide ? compare(trials[i], *wide, to_f64) : wide.error().message;
    if (trials[i].narrow) {
      std::vector<Literal> narrow_inputs;
      for (const Literal& input : inputs) narrow_inputs.push_back(narrowed(input));
      const auto narrow = module->call(2 * i + 1, narrow_inputs);
      one += narrow ? compare(trials[i], *narrow, 1) : narrow.error().message;
    }
    if (!one.empty()) wrong += one + print_graph(*trials[i].random.function);
  }
  return wrong;
}

void print(const Distribution& seen) {
  fmt::print("{} graphs with {:.1f} ops each; {} with a reduction or dot, {} dull, {} with "
             "gradients, {} compared in f32; {} of {} outputs finite throughout\n",
             seen.graphs, double(seen.ops) / seen.graphs, seen.reducing, seen.dull, seen.derived,
             seen.narrow, seen.finite, seen.outputs);
  for (const auto& [row, graphs] : seen.with_row)
    fmt::print("{} {:.1f} %, ", row, 100.0 * graphs / seen.graphs);
  fmt::print("\n");
}

TEST(RandomGraphs, CompileToWhatTheyMean) {
  Distribution seen;
  const bool holds = rc::check("CPU = interpreter", [&seen] {
    const std::vector<Recipe> batch = *recipes(5);
    const std::string wrong = check(batch, seen);
    if (!wrong.empty()) RC_FAIL(wrong);
  });
  EXPECT_TRUE(holds);
  print(seen);
  if (!holds) return; // shrinking asked for other graphs
  EXPECT_GE(seen.graphs, 500);
  EXPECT_GE(seen.reducing * 10, seen.graphs * 3);
  EXPECT_LT(seen.dull * 10, seen.graphs * 3);
  EXPECT_GE(seen.narrow * 10, seen.graphs * 7);
  EXPECT_GE(seen.finite * 100, seen.outputs * 95);
  const OpTable table = standard_ops();
  for (const OpRow* row : drawn_rows(table))
    EXPECT_GE(seen.with_row[row->name] * 100, seen.graphs) << row->name;
}

} // namespace
} // namespace nnc
