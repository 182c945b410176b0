// nnc explain: where a node of the compiled graph came from, or what an error code means.

#include "frontends/cli/command.h"
#include "frontends/cli/console.h"
#include "frontends/cli/dumps.h"
#include "frontends/cli/functions.h"
#include "ir/error_codes.h"
#include "ir/messages.h"
#include "ir/text/explanation.h"

#include <fmt/format.h>

#include <algorithm>

namespace nnc::cli {
namespace {

struct Settings {
  FunctionSettings functions;
  std::string node, after = {};
};

int explain_code(const std::string& id) {
  const ErrorCode* code = find_error_code(id);
  if (!code) {
    return usage_error(fmt::format("explain: no error code {}", quote(id)),
                       "the code stands in the message, as in error[E0203]");
  }
  print(fmt::format("{}: {}\n\n{}\n\n{}\n", code->id, code->title, code->cause, code->fix));
  return exit_ok;
}

bool is_code(const std::string& text) {
  return text.size() == 5 && text[0] == 'E' &&
         std::all_of(text.begin() + 1, text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

int explain(const Settings& settings) {
  if (settings.node.empty() && is_code(settings.functions.model))
    return explain_code(settings.functions.model);
  if (settings.node.empty())
    return usage_error("explain: which node?", "nnc explain MODEL NODE, or nnc explain E0203");
  Sources sources;
  auto loaded = load_functions(settings.functions, sources);
  if (auto* errors = std::get_if<Errors>(&loaded)) return report(*errors, sources);
  std::string name = settings.node;
  if (name.starts_with("%")) name.erase(0, 1);
  std::vector<std::string> known;
  for (Graph& graph : std::get<Functions>(loaded).graphs) {
    const std::string step = settings.after.empty() ? last_graph_step() : settings.after;
    auto made = run_pipeline(std::move(graph), {.stop_after = step});
    if (!made) return report(made.error(), sources);
    const Explanation explanation(made->graph);
    if (const auto value = explanation.find(name)) return print(explanation.text(*value)), exit_ok;
    known.insert(known.end(), explanation.names().begin(), explanation.names().end());
  }
  std::string help = did_you_mean(name, known);
  if (help.empty())
    help = "`nnc opt` prints the graph with the names of its nodes; -f NAME adds any value";
  return report({.code = "E0312",
                 .message = fmt::format("the compiled functions have no node {}", quote(name)),
                 .place = {settings.functions.model},
                 .help = help});
}

} // namespace

Command explain_command(MakeOps ops) {
  auto s = std::make_shared<Settings>();
  s->functions.ops = ops;
  std::vector<Option> options = function_options(s->functions);
  options[0].help = "model file, or an error code such as E0203";
  options.insert(options.begin() + 1, {"NODE", "", "name of a value in the graph", &s->node});
  options.push_back({"--after", "STEP", "in the graph after this step (the last)", &s->after});
  return {.name = "explain",
          .summary = "where a node came from, or what an error code means",
          .examples = {"nnc explain model.json gw    # forward node, rule and order",
                       "nnc explain E0203"},
          .options = std::move(options),
          .run = [s] { return explain(*s); }};
}

} // namespace nnc::cli
