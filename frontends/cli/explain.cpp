// nnc explain: where a node, kernel or buffer of any dump came from, or what an error code means.

#include "compiler/pipeline.h"
#include "compiler/target/cpu/cpu_target.h"
#include "frontends/cli/command.h"
#include "frontends/cli/console.h"
#include "frontends/cli/dumps.h"
#include "frontends/cli/functions.h"
#include "ir/error_codes.h"
#include "ir/kernel/explanation.h"
#include "ir/messages.h"

#include <fmt/format.h>

#include <algorithm>

namespace nnc::cli {
namespace {

struct Settings {
  FunctionSettings functions;
  DumpSettings dumps; ///< of these, the step to look after
  std::string node;
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

/// Or what is left of one by a slip.
bool is_code(const std::string& text) {
  return text.size() > 1 && text[0] == 'E' &&
         std::all_of(text.begin() + 1, text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// What the texts of a function say of a name.
class Search {
public:
  explicit Search(std::string name) : name_(std::move(name)) {}

  /// After `step`; a later step knows better.
  void look(std::string_view step, const Graph& graph) {
    const Explanation function(graph);
    std::string text = in_graph(function);
    if (!text.empty()) text_ = std::move(text), step_ = step;
    add_known(function.known());
  }
  /// Where no graph had it. `graph` is what the kernels were made of, if there is one.
  void look(std::string_view step, const KernelProgram& program, const Graph* graph) {
    std::optional<Explanation> function;
    if (graph) function.emplace(*graph);
    const ProgramExplanation explanation(program, function ? &*function : nullptr);
    std::string text = explanation.text(name_);
    if (!text.empty()) text_ = std::move(text), step_ = step;
    add_known(explanation.known());
  }

  bool found() const { return !text_.empty(); }
  const std::string& text() const { return text_; }
  const std::string& step() const { return step_; } ///< where it was found
  const std::vector<std::string>& known() const { return known_; }

private:
  std::string in_graph(const Explanation& function) const {
    const std::vector<ValueIn> all = function.find(name_);
    if (all.empty()) return {};
    std::string text = function.text(all[0]);
    std::vector<std::string> others;
    for (std::size_t i = 1; i < all.size(); ++i)
      others.push_back(function.name(*all[i].graph) + "/" + name_);
    return others.empty()
               ? text
               : text + fmt::format("others of that name: {}\n", fmt::join(others, ", "));
  }
  void add_known(const std::vector<std::string>& names) {
    known_.insert(known_.end(), names.begin(), names.end());
  }

  std::string name_, text_, step_;
  std::vector<std::string> known_;
};

/// In what is compiled, or in what the step that was asked for made.
Status look_at_end(Graph graph, const std::string& after, Search& search) {
  auto made = run_pipeline(std::move(graph), {.stop_after = after});
  if (!made) return made.error();
  search.look(after, made->graph);
  if (made->program) search.look(after, *made->program, &made->graph);
  return std::nullopt;
}

/// In everything on the way to the program.
Status look_everywhere(Graph graph, Search& search) {
  search.look("as read", graph);
  const Graph* last = nullptr; // it stays where it is while its kernels are made
  const auto look = [&](std::string_view step, const Graph* at, const KernelProgram* program) {
    if (at) last = at;
    if (program)
      search.look(step, *program, last);
    else
      search.look(step, *at);
  };
  const auto made =
      run_pipeline(std::move(graph), {.scratch = scratch_on("host"), .after_step = look});
  return made ? std::nullopt : Status(made.error());
}

int not_found(const Settings& settings, const std::string& name, const Search& search) {
  std::string help = did_you_mean(name, search.known());
  if (help.empty())
    help = "`nnc opt` prints the graph with the names of its nodes; -f NAME adds any value";
  return report({.code = "E0312",
                 .message = fmt::format("the compiled functions have no node {}", quote(name)),
                 .place = {settings.functions.model},
                 .help = help});
}

int explain_node(const Settings& settings) {
  Sources sources;
  auto loaded = load_functions(settings.functions, sources);
  if (auto* errors = std::get_if<Errors>(&loaded)) return report(*errors, sources);
  Functions& functions = std::get<Functions>(loaded);
  std::string name = settings.node;
  if (name.starts_with("%") || name.starts_with("@")) name.erase(0, 1);
  Search search(name);
  if (const KernelProgram* program = functions.source.program()) search.look("", *program, nullptr);
  const std::string& asked = settings.dumps.stop_after;
  const std::string end = asked.empty() ? last_graph_step() : asked;
  for (const Graph& graph : functions.graphs) {
    if (search.found()) break;
    if (const Status error = look_at_end(copy_live(graph), end, search))
      return report(*error, sources);
  }
  if (search.found() || !asked.empty() || functions.source.program())
    return search.found() ? (print(search.text()), exit_ok) : not_found(settings, name, search);
  for (Graph& graph : functions.graphs) {
    if (search.found()) break;
    if (const Status error = look_everywhere(std::move(graph), search))
      return report(*error, sources);
  }
  if (!search.found()) return not_found(settings, name, search);
  print(search.text());
  if (search.step() != step_names().back())
    print(fmt::format("last seen after {}: later texts have no such name\n", search.step()));
  return exit_ok;
}

int explain(const Settings& settings) {
  if (settings.node.empty() && is_code(settings.functions.model))
    return explain_code(settings.functions.model);
  if (settings.node.empty())
    return usage_error("explain: which node?", "nnc explain MODEL NODE, or nnc explain E0203");
  if (const int code = Dumper(settings.dumps).check()) return code;
  return explain_node(settings);
}

} // namespace

Command explain_command(MakeOps ops) {
  auto s = std::make_shared<Settings>();
  s->functions.ops = ops;
  std::vector<Option> options = function_options(s->functions);
  options[0].help = "model file, or an error code such as E0203";
  options.insert(options.begin() + 1,
                 {"NODE", "", "name of a value, kernel or buffer in a dump", &s->node});
  options.push_back({"--after", "STEP", "in what this step made (the last that knows the name)",
                     &s->dumps.stop_after});
  return {.name = "explain",
          .summary = "where a node came from, or what an error code means",
          .examples = {"nnc explain model.json gw    # forward node, rule and order",
                       "nnc explain model.json cell/h    # in the body of a loop",
                       "nnc explain model.json train_3    # the nodes that a kernel computes",
                       "nnc explain E0203"},
          .options = std::move(options),
          .run = [s] { return explain(*s); }};
}

} // namespace nnc::cli
