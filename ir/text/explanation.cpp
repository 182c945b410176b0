#include "ir/text/explanation.h"

#include "ir/text/print.h"

#include <fmt/format.h>

#include <algorithm>

namespace nnc {
namespace {

std::string place_text(const Origin& origin) {
  const Place& place = origin.place;
  return place.line > 0 ? fmt::format("{}:{}:{}", place.file, place.line, place.column) : "";
}

} // namespace

Explanation::Explanation(const Graph& graph) : graph_(graph), names_(printed_names(graph)) {}

std::optional<Value> Explanation::find(const std::string& name) const {
  const auto live = graph_.live_nodes();
  for (std::uint32_t id = 0; id < graph_.value_count(); ++id)
    if (live[graph_.node_of(Value{id}).id] && names_[id] == name) return Value{id};
  for (const Output& output : graph_.outputs)
    if (output.name == name) return output.value;
  return std::nullopt;
}

std::string Explanation::text(Value value) const {
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

std::string Explanation::expression(const Node& node) const {
  if (graph_.is_leaf(node.first))
    return fmt::format("{} {}", role_name(graph_.role(node.first)), graph_.leaf_name(node.first));
  if (const auto splat = splat_number(graph_, node.first)) return *splat;
  std::vector<std::string> operands;
  for (const Value operand : graph_.operands(node)) operands.push_back(written(operand));
  return fmt::format("{}{}{}", node.row->name, operands.empty() ? "" : " ",
                     fmt::join(operands, ", "));
}

std::string Explanation::written(Value value) const {
  const auto splat = splat_text(graph_, value);
  return splat ? *splat : "%" + names_[value.id];
}

std::string Explanation::place_of(Value value) const {
  const std::string place = origin_text(graph_.context(), graph_.producer(value).origin);
  return place.empty() ? "" : "  (" + place + ")";
}

/// The rules that the cotangent went through before this one, the nearest first.
std::string Explanation::rules_before(Value value) const {
  constexpr std::size_t most = 12;
  std::vector<std::string> rules;
  const auto origin_of = [&](Value of) -> Origin {
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

std::string Explanation::provenance(const Origin& origin) const {
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

std::string Explanation::derivation(const Origin& origin) const {
  const std::string place = place_text(origin);
  std::string text = fmt::format("  part of a derivative{}, order {}, {} mode\n",
                                 place.empty() ? "" : " asked for at " + place, origin.order,
                                 origin.tangent ? "forward" : "reverse");
  const Origin forward = graph_.context().origins[origin.forward];
  text += fmt::format("  made by the rule `{}`", origin.rule);
  if (!origin.subject.empty()) text += " from %" + origin.subject;
  if (!forward.source.empty()) text += " = " + forward.source;
  const std::string written = place_text(forward);
  return text + (written.empty() ? "\n" : fmt::format("  ({})\n", written));
}

} // namespace nnc
