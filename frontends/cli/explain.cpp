// nnc explain: where a node of the compiled graph came from, or what an error code means.

#include "compiler/pipeline.h"
#include "frontends/cli/command.h"
#include "frontends/cli/console.h"
#include "frontends/cli/functions.h"
#include "ir/error_codes.h"
#include "ir/messages.h"
#include "ir/text/print.h"

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

class Explanation {
public:
  explicit Explanation(const Graph& graph) : graph_(graph), names_(printed_names(graph)) {}

  std::optional<Value> find(const std::string& name) const {
    const auto live = graph_.live_nodes();
    for (std::uint32_t id = 0; id < graph_.value_count(); ++id)
      if (live[graph_.node_of(Value{id}).id] && names_[id] == name) return Value{id};
    for (const Output& output : graph_.outputs)
      if (output.name == name) return output.value;
    return std::nullopt;
  }
  const std::vector<std::string>& names() const { return names_; }

  /// The node, where it came from, and what it is made of.
  std::string text(Value value) const {
    const Node& node = graph_.producer(value);
    std::string result = fmt::format("%{}  {}  = {}\n", names_[value.id],
                                     to_string(graph_.type(value)), expression(node));
    result += fmt::format("  in function {}\n", graph_.name);
    result += provenance(graph_.context().origins[node.origin]);
    for (const Value operand : graph_.operands(node))
      if (!splat_text(graph_, operand))
        result += fmt::format("  from {} = {}{}\n", written(operand),
                              expression(graph_.producer(operand)), place_of(operand));
    const std::string rules = rules_before(value);
    return rules.empty() ? result : result + "  its cotangent came through: " + rules + "\n";
  }

private:
  std::string expression(const Node& node) const {
    if (graph_.is_leaf(node.first))
      return fmt::format("{} {}", role_name(graph_.role(node.first)), graph_.leaf_name(node.first));
    std::vector<std::string> operands;
    for (const Value operand : graph_.operands(node)) operands.push_back(written(operand));
    return fmt::format("{} {}", node.row->name, fmt::join(operands, ", "));
  }

  std::string written(Value value) const {
    const auto splat = splat_text(graph_, value);
    return splat ? *splat : "%" + names_[value.id];
  }

  std::string place_of(Value value) const {
    const std::string place = origin_text(graph_.context(), graph_.producer(value).origin);
    return place.empty() ? "" : "  (" + place + ")";
  }

  /// The rules that the cotangent went through before this one, the nearest first.
  std::string rules_before(Value value) const {
    constexpr std::size_t most = 12;
    std::vector<std::string> rules;
    const auto origin_of = [&](Value of) -> const Origin& {
      return graph_.context().origins[graph_.producer(of).origin];
    };
    std::string last = origin_of(value).rule;
    while (origin_of(value).order > 0 && rules.size() < most) {
      const auto operands = graph_.operands(graph_.producer(value));
      const auto next =
          std::ranges::find_if(operands, [&](Value one) { return origin_of(one).order > 0; });
      if (next == operands.end()) break;
      value = *next;
      const std::string& rule = origin_of(value).rule;
      if (rule != last) rules.push_back(rule);
      last = rule;
    }
    return fmt::format("{}{}", fmt::join(rules, ", "), rules.size() == most ? ", ..." : "");
  }

  static std::string place_text(const Origin& origin) {
    const Place& place = origin.place;
    return place.line > 0 ? fmt::format("{}:{}:{}", place.file, place.line, place.column) : "";
  }

  std::string provenance(const Origin& origin) const {
    std::string text;
    if (origin.order > 0) {
      text += derivation(origin);
    } else if (const std::string place = place_text(origin); !place.empty()) {
      text += fmt::format("  written at {}", place);
      text += origin.source.empty() ? "\n" : fmt::format(" as {}\n", origin.source);
    }
    if (!origin.scope.empty()) text += fmt::format("  scope {}\n", origin.scope);
    if (!origin.rewrite.empty()) text += fmt::format("  rewritten by {}\n", origin.rewrite);
    return text;
  }

  std::string derivation(const Origin& origin) const {
    const std::string place = place_text(origin);
    std::string text = fmt::format("  part of a derivative{}, order {}, reverse mode\n",
                                   place.empty() ? "" : " asked for at " + place, origin.order);
    const Origin& forward = graph_.context().origins[origin.forward];
    text += fmt::format("  made by the rule `{}`", origin.rule);
    if (!origin.subject.empty()) text += " from %" + origin.subject;
    if (!forward.source.empty()) text += " = " + forward.source;
    const std::string written = place_text(forward);
    return text + (written.empty() ? "\n" : fmt::format("  ({})\n", written));
  }

  const Graph& graph_;
  std::vector<std::string> names_;
};

std::string last_graph_step() {
  std::string last;
  for (const Step& step : pipeline_steps())
    if (step.graph) last = step.name;
  return last;
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
