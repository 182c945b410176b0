#include "ir/text/explanation.h"

#include "ir/text/print.h"

#include <fmt/format.h>

#include <algorithm>

namespace nnc {

Explanation::Explanation(const Graph& function) : function_(function) {
  add(function, function.name);
  for (auto& [body, name] : named_bodies(function)) add(*body, std::move(name));
  for (const Graph* graph : order_) add_runners(*graph);
}

void Explanation::add(const Graph& graph, std::string name) {
  parts_.emplace(&graph, Part{std::move(name), printed_names(graph), {}});
  order_.push_back(&graph);
}

std::vector<ValueIn> Explanation::find(const std::string& name) const {
  std::vector<ValueIn> found;
  for (const Graph* graph : order_) {
    const std::string& own = part(*graph).name;
    find_in(*graph, name, found);
    if (name.starts_with(own + "/")) find_in(*graph, name.substr(own.size() + 1), found);
  }
  return found;
}

void Explanation::find_in(const Graph& graph, const std::string& name,
                          std::vector<ValueIn>& found) const {
  const std::vector<std::string>& names = part(graph).names;
  const auto live = graph.live_nodes();
  for (std::uint32_t id = 0; id < graph.value_count(); ++id)
    if (names[id] == name && (live[graph.node_of(Value{id}).id] || graph.is_leaf(Value{id}))) {
      found.push_back({&graph, Value{id}});
      return;
    }
  for (const Output& output : graph.outputs)
    if (output.name == name) {
      found.push_back({&graph, output.value});
      return;
    }
}

std::vector<std::string> Explanation::known() const {
  std::vector<std::string> all;
  for (const Graph* graph : order_) {
    const auto& names = part(*graph).names;
    all.insert(all.end(), names.begin(), names.end());
  }
  return all;
}

std::string Explanation::text(ValueIn at) const {
  const Graph& graph = *at.graph;
  const Node& node = graph.producer(at.value);
  std::string result = fmt::format("%{}  {}  = {}\n", part(graph).names[at.value.id],
                                   to_string(graph.type(at.value)), expression(at));
  result += fmt::format("  in {}\n", place(graph));
  result += provenance(graph.context(), node.origin);
  if (const std::string given = given_to(at, false); !given.empty())
    result += "  is " + given + "\n";
  result += made_in_bodies(at);
  for (const Value operand : graph.operands(node))
    if (!splat_text(graph, operand)) {
      const std::string given = given_to({&graph, operand}, true);
      result += "  from " + line({&graph, operand}) + (given.empty() ? "" : ", " + given) + "\n";
    }
  const std::string rules = rules_before(at);
  return rules.empty() ? result : result + "  its cotangent came through: " + rules + "\n";
}

std::string Explanation::line(ValueIn at) const {
  const Graph& graph = *at.graph;
  const std::string from = origin_text(graph.context(), graph.producer(at.value).origin);
  return fmt::format("{} = {}{}", written(at), expression(at),
                     from.empty() ? "" : "  (" + from + ")");
}

std::string Explanation::expression(ValueIn at) const {
  const Graph& graph = *at.graph;
  const Node& node = graph.producer(at.value);
  if (graph.is_leaf(node.first))
    return fmt::format("{} {}", role_name(graph.role(node.first)), graph.leaf_name(node.first));
  if (const auto splat = splat_number(graph, node.first)) return *splat;
  std::vector<std::string> operands;
  for (const Value operand : graph.operands(node)) operands.push_back(written({&graph, operand}));
  return fmt::format("{}{}{}", node.row->name, operands.empty() ? "" : " ",
                     fmt::join(operands, ", "));
}

std::string Explanation::written(ValueIn at) const {
  const auto splat = splat_text(*at.graph, at.value);
  return splat ? *splat : "%" + part(*at.graph).names[at.value.id];
}

/// The rules that the cotangent went through before this one, the nearest first.
std::string Explanation::rules_before(ValueIn at) const {
  constexpr std::size_t most = 12;
  const Graph& graph = *at.graph;
  Value value = at.value;
  std::vector<std::string> rules;
  const auto origin_of = [&](Value of) -> Origin {
    return graph.context().origins[graph.producer(of).origin];
  };
  std::string last = origin_of(value).rule;
  while (origin_of(value).order > 0 && rules.size() < most) {
    const auto operands = graph.operands(graph.producer(value));
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

namespace {

std::string place_text(const Origin& origin) {
  const Place& place = origin.place;
  return place.line > 0 ? fmt::format("{}:{}:{}", place.file, place.line, place.column) : "";
}

/// Of what a rule made: from which node, and what made that one, if it is part of a derivative too.
std::string derivation(const Context& context, Origin origin) {
  const std::string place = place_text(origin);
  std::string text = fmt::format("  part of a derivative{}, order {}, {} mode\n",
                                 place.empty() ? "" : " asked for at " + place, origin.order,
                                 origin.tangent ? "forward" : "reverse");
  for (std::string_view by = "made by"; origin.order > 0; by = "which was made by") {
    const Origin forward = context.origins[origin.forward];
    text += fmt::format("  {} the rule `{}`", by, origin.rule);
    if (!origin.subject.empty()) text += " from %" + origin.subject;
    if (forward.order == 0 && !forward.source.empty()) text += " = " + forward.source;
    const std::string written = place_text(forward);
    const std::string_view asked = forward.order > 0 ? "for " : "";
    text += written.empty() ? "\n" : fmt::format("  ({}{})\n", asked, written);
    origin = forward;
  }
  return text;
}

} // namespace

std::string provenance(const Context& context, OriginId id) {
  const Origin origin = context.origins[id];
  std::string text;
  if (origin.order > 0) {
    text += derivation(context, origin);
  } else if (const std::string place = place_text(origin); !place.empty()) {
    text += fmt::format("  written at {}", place);
    text += origin.source.empty() ? "\n" : fmt::format(" as {}\n", origin.source);
  }
  if (!origin.scope.empty()) text += fmt::format("  scope {}\n", origin.scope);
  if (!origin.rewrite.empty()) text += fmt::format("  rewritten by {}\n", origin.rewrite);
  return text;
}

} // namespace nnc
