// nnc opt: runs steps of the pipeline over graphs and prints what they leave.

#include "compiler/pipeline.h"
#include "compiler/target/cpu/cpu_target.h"
#include "frontends/cli/console.h"
#include "frontends/cli/dot.h"
#include "frontends/cli/dumps.h"
#include "frontends/cli/emit.h"
#include "frontends/cli/functions.h"
#include "frontends/cli/numbers.h"
#include "frontends/cli/tensors.h"
#include "frontends/json/write_model.h"
#include "frontends/model/from_graph.h"
#include "ir/kernel/print.h"
#include "ir/messages.h"
#include "ir/text/print.h"

#include <fmt/format.h>

#include <algorithm>

namespace nnc::cli {
namespace {

struct Settings {
  FunctionSettings functions;
  DumpSettings dumps;
  std::string passes, emit = "ir", output;
  std::int64_t max_memory = default_max_memory;
  bool list_passes = false, no_origins = false;
};

int list_passes() {
  for (const std::string& name : step_names()) print(name + "\n");
  return exit_ok;
}

/// The steps of --passes, each of which works on graphs.
struct Passes {
  std::vector<const Step*> steps;
  int code = exit_ok;
};
Passes find_passes(const std::string& text) {
  Passes passes;
  std::vector<std::string> known;
  for (const Step& step : pipeline_steps())
    if (step.graph) known.emplace_back(step.name);
  for (const std::string& name : split_list(text)) {
    const auto steps = pipeline_steps();
    const auto found = std::ranges::find(steps, name, &Step::name);
    if (found != steps.end() && found->graph) {
      passes.steps.push_back(&*found);
      continue;
    }
    std::string help = did_you_mean(name, known);
    if (help.empty()) help = fmt::format("steps on graphs are {}", fmt::join(known, ", "));
    passes.code = usage_error(fmt::format("opt: no pass {}", quote(name)), help);
    break;
  }
  return passes;
}

Result<PipelineResult> run_passes(Graph graph, const Passes& passes,
                                  const PipelineOptions& options) {
  for (const Step* step : passes.steps) {
    if (Status error = run_graph_step(*step, graph, options)) return *error;
    if (options.verify) verify_after(step->name, graph);
    if (options.after_step) options.after_step(step->name, &graph, nullptr);
    if (step->name == options.stop_after) break;
  }
  return PipelineResult{.graph = std::move(graph)};
}

Result<PipelineResult> run_steps(Graph graph, PipelineOptions options) {
  if (options.stop_after.empty()) options.stop_after = last_graph_step();
  return run_pipeline(std::move(graph), options);
}

/// Kernels if it came that far, else the graph.
Result<std::string> show(const PipelineResult& made, const Settings& settings,
                         const Source& source) {
  const Graph& graph = made.graph;
  if (made.program && settings.emit == "ir")
    return print_program(*made.program, settings.no_origins ? nullptr : &graph.context());
  if (settings.emit == "dot") return dot_text(graph);
  if (settings.emit != "json") return print_graph(graph, {.origins = !settings.no_origins});
  const auto doc = model_of(graph, source.model());
  if (!doc) return doc.error();
  return write_model(*doc);
}

/// What is left of a function, as text.
struct Shown {
  std::string function, text;
};

/// A model in JSON has one function, whose sizes are bound: with -o several are files of a folder.
Status write(const std::vector<Shown>& texts, const Settings& settings) {
  const bool files = settings.emit == "json" && texts.size() > 1 && !settings.output.empty() &&
                     settings.output != "-";
  if (!files) {
    std::string all;
    for (const Shown& each : texts) all += (all.empty() ? "" : "\n") + each.text;
    return write_text(settings.output, all);
  }
  if (Status error = make_folder(settings.output)) return error;
  for (const Shown& each : texts) {
    const std::string path = settings.output + "/" + file_name(each.function) + ".json";
    if (Status error = write_text(path, each.text)) return error;
  }
  return std::nullopt;
}

int opt(const Settings& settings) {
  if (settings.list_passes) return list_passes();
  if (settings.functions.model.empty())
    return usage_error("opt: which model?", "see `nnc opt --help`");
  const Passes passes = find_passes(settings.passes);
  if (passes.code != exit_ok) return passes.code;
  Dumper dumper(settings.dumps);
  if (const int code = dumper.check()) return code;
  Sources sources;
  auto start = Dumper::Clock::now();
  auto loaded = load_functions(settings.functions, sources);
  if (auto* errors = std::get_if<Errors>(&loaded)) return report(*errors, sources);
  dumper.add_time("load", start);
  auto& functions = std::get<Functions>(loaded);
  std::vector<Shown> texts;
  if (const KernelProgram* program = functions.source.program()) {
    auto planned = finish_pipeline(*program, {.max_memory = settings.max_memory});
    if (!planned) return report(planned.error(), sources);
    texts.push_back({planned->name, print_program(*planned)});
  }
  for (Graph& graph : functions.graphs) {
    const std::string name = graph.name;
    PipelineOptions options = dumper.options(name, graph.context());
    options.max_memory = settings.max_memory;
    options.scratch = scratch_on("host");
    Result<PipelineResult> made = settings.passes.empty()
                                      ? run_steps(std::move(graph), options)
                                      : run_passes(std::move(graph), passes, options);
    if (!made) return report(made.error(), sources);
    dumper.add_times(made->times);
    start = Dumper::Clock::now();
    auto shown = show(*made, settings, functions.source);
    if (!shown) return report(shown.error(), sources);
    texts.push_back({name, std::move(*shown)});
    dumper.add_time("print", start);
  }
  if (dumper.failure()) return report(*dumper.failure());
  dumper.print_checks();
  dumper.print_times();
  const Status error = write(texts, settings);
  return error ? report(*error) : exit_ok;
}

} // namespace

Command opt_command(MakeOps ops) {
  auto s = std::make_shared<Settings>();
  s->functions.ops = ops;
  std::vector<Option> options = function_options(s->functions);
  options[0].required = false; // --list-passes needs none
  options.push_back({"--passes", "A,B", "run these steps only", &s->passes});
  std::ranges::move(dump_options(s->dumps), std::back_inserter(options));
  options.push_back({"--emit", "KIND", "ir, json or dot", &s->emit, false, {"ir", "json", "dot"}});
  options.push_back({"--no-origins", "", "do not say where nodes came from", &s->no_origins});
  options.push_back({"-o,--output", "FILE",
                     "instead of standard output; of several functions in JSON a folder",
                     &s->output});
  options.push_back(memory_option(s->max_memory));
  options.push_back({"--list-passes", "", "names of the steps, in order", &s->list_passes});
  return {.name = "opt",
          .summary = "run passes over a graph and print it",
          .examples = {"nnc opt model.json --stop-after=inline      # the graph as written",
                       "nnc opt model.json -f train --emit=dot | dot -Tsvg > train.svg"},
          .options = std::move(options),
          .run = [s] { return opt(*s); }};
}

} // namespace nnc::cli
