// nnc inspect: what a model holds, and what its functions cost.

#include "compiler/pipeline.h"
#include "compiler/plan.h"
#include "compiler/target/cpu/cpu_target.h"
#include "frontends/cli/artifacts.h"
#include "frontends/cli/console.h"
#include "frontends/cli/functions.h"
#include "frontends/nn/counted.h"
#include "ir/kernel/work.h"
#include "ir/printable.h"

#include <fmt/format.h>

#include <algorithm>

namespace nnc::cli {
namespace {

struct Settings {
  FunctionSettings functions;
  std::int64_t max_memory = std::int64_t{1} << 50;
};

std::string leaves_text(std::string_view title, std::span<const LeafDoc> leaves) {
  if (leaves.empty()) return {};
  std::string text = fmt::format("{}\n", title);
  for (const LeafDoc& leaf : leaves)
    text += fmt::format("  {:<14} {}{}\n", leaf.name.text,
                        leaf.type ? to_string(*leaf.type) : "(type of the file)",
                        leaf.file ? ", in " + printable(leaf.file->file.text) : "");
  return text;
}

std::string model_text(const ModelDoc& doc) {
  std::string text = fmt::format("model {}, {} node{}, {} function{}\n",
                                 doc.name.empty() ? "without a name" : printable(doc.name),
                                 doc.nodes.size(), doc.nodes.size() == 1 ? "" : "s",
                                 doc.functions.size(), doc.functions.size() == 1 ? "" : "s");
  for (const auto& [name, size] : doc.sizes)
    text += fmt::format("size {} = {}\n", name.text, size.value);
  return text + leaves_text("inputs", doc.inputs) + leaves_text("params", doc.params) +
         leaves_text("state", doc.state) + leaves_text("constants", doc.constants);
}

std::string count_text(double count) {
  std::string_view unit;
  for (const std::string_view next : {"k", "M", "G", "T"}) {
    if (count < 1000) break;
    count /= 1000;
    unit = next;
  }
  return unit.empty() ? fmt::format("{:.0f} ", count) : fmt::format("{:.2f} {}", count, unit);
}

std::int64_t live_count(const Graph& graph) {
  const auto live = graph.live_nodes();
  return std::ranges::count(live, true);
}

std::string signature_text(const Graph& graph) {
  std::string text = "\nfunction " + graph.name + "\n";
  for (const Value leaf : graph.inputs)
    text += fmt::format("  {:<9} {:<16} {}\n", role_name(graph.role(leaf)), graph.leaf_name(leaf),
                        to_string(graph.type(leaf)));
  for (const Output& output : graph.outputs)
    text += fmt::format("  {:<9} {:<16} {}\n", "output", output.name,
                        to_string(graph.type(output.value)));
  if (!graph.updates.empty()) {
    std::vector<std::string> targets;
    for (const Update& update : graph.updates) targets.push_back(update.target);
    text += fmt::format("  updates   {}\n", fmt::join(targets, ", "));
  }
  return text;
}

std::string cost_text(const PipelineResult& made) {
  const KernelProgram& program = *made.program;
  return fmt::format("  {} after simplifying, {}, {}FLOP a call\n"
                     "  workspace {}, all buffers of a call {}\n",
                     counted(live_count(made.graph), "node"),
                     counted(std::ssize(program.kernels), "kernel"),
                     count_text(work_of(program).flop), size_text(program.arena_bytes),
                     size_text(peak_bytes(program)));
}

int inspect(const Settings& settings) {
  Sources sources;
  auto loaded = load_functions(settings.functions, sources);
  if (auto* errors = std::get_if<Errors>(&loaded)) return report(*errors, sources);
  auto& functions = std::get<Functions>(loaded);
  std::string text;
  if (const Model* model = functions.source.model()) text += model_text(*model->doc);
  for (Graph& graph : functions.graphs) {
    text += signature_text(graph);
    auto made = run_pipeline(std::move(graph),
                             {.max_memory = settings.max_memory, .scratch = scratch_on("host")});
    if (!made) return report(made.error(), sources);
    text += cost_text(*made);
  }
  print(text);
  return exit_ok;
}

} // namespace

Command inspect_command(MakeOps ops) {
  auto s = std::make_shared<Settings>();
  s->functions.ops = ops;
  return {.name = "inspect",
          .summary = "what a model holds and what its functions cost",
          .examples = {"nnc inspect model.json", "nnc inspect model.json -f train --size N=128"},
          .options = function_options(s->functions),
          .run = [s] { return inspect(*s); }};
}

} // namespace nnc::cli
