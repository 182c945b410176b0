#include "frontends/cli/dot.h"

#include "ir/interpret/interpreter.h"
#include "ir/text/print.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace nnc::cli {
namespace {

constexpr std::int64_t shown_elements = 4;

/// In double quotes; Graphviz has no other escapes than these.
std::string quoted(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return result + "\"";
}

class DotPrinter {
public:
  DotPrinter(const Graph& graph, const DotValues& values)
      : graph_(graph), values_(values), names_(printed_names(graph)) {}

  std::string print() {
    const auto live = graph_.live_nodes();
    std::map<std::string, std::string> scopes;
    for (std::uint32_t id = 0; id < graph_.node_count(); ++id)
      if (live[id] && !printed_where_used(graph_, NodeId{id}))
        scopes[scope(NodeId{id})] += (scope(NodeId{id}).empty() ? "" : "  ") + node(NodeId{id});
    std::string text = fmt::format("digraph {} {{\n  rankdir=TB;\n  node [shape=box, "
                                   "style=\"rounded,filled\", fontname=\"sans-serif\", "
                                   "fontsize=10];\n  edge [fontsize=8];\n",
                                   quoted(graph_.name));
    for (const auto& [scope, nodes] : scopes) text += scope.empty() ? nodes : cluster(scope, nodes);
    for (std::uint32_t id = 0; id < graph_.node_count(); ++id)
      if (live[id] && !printed_where_used(graph_, NodeId{id})) text += edges(NodeId{id});
    return text + results() + "}\n";
  }

private:
  /// Those of gradients fold away under a scope of their own.
  std::string scope(NodeId id) const {
    const Origin origin = graph_.context().origins[graph_.node(id).origin];
    return origin.order > 0 && !origin.scope.empty() ? "grad/" + origin.scope : origin.scope;
  }

  static std::string cluster(const std::string& scope, const std::string& nodes) {
    return fmt::format("  subgraph {} {{\n    label={};\n    color=\"#bbbbbb\";\n{}  }}\n",
                       quoted("cluster_" + scope), quoted(scope), nodes);
  }

  std::string node(NodeId id) const {
    const Node& node = graph_.node(id);
    const Value first = graph_.result(id);
    std::string label, colour = "#cfe2f3";
    if (graph_.is_leaf(first)) {
      label = fmt::format("{} {}\\n{}", role_name(graph_.role(first)), graph_.leaf_name(first),
                          to_string(graph_.type(first)));
      colour = graph_.role(first) == Role::input ? "#eeeeee" : "#d9d2e9";
    } else {
      label = fmt::format("{}\\n%{} {}", operation(node), names_[first.id],
                          to_string(graph_.type(first)));
      if (graph_.context().origins.order(node.origin) > 0) colour = "#fce5cd";
    }
    if (const std::string numbers = value(first); !numbers.empty()) label += "\\n" + numbers;
    // The line breaks in labels are escapes of Graphviz; names hold neither quotes nor backslashes.
    return fmt::format("  n{} [label=\"{}\", fillcolor=\"{}\", tooltip={}];\n", id.id, label,
                       colour, quoted(origin_text(graph_.context(), node.origin)));
  }

  /// "= 3", "= [1, 2.5]"; nothing of a large tensor.
  std::string value(Value value) const {
    if (value.id >= values_.size() || !values_[value.id]) return {};
    const Literal& literal = *values_[value.id];
    if (literal.type.elements() > shown_elements) return {};
    std::vector<std::string> elements;
    for (std::int64_t i = 0; i < literal.type.elements(); ++i)
      elements.push_back(is_float(literal.type.dtype)
                             ? fmt::format("{:.4g}", literal_real(literal, i))
                             : element_text(literal, i));
    const std::string text = fmt::format("{}", fmt::join(elements, ", "));
    return literal.type.scalar() ? "= " + text : "= [" + text + "]";
  }

  /// "mul", or "mul _, 0.5": numbers are no boxes of their own.
  std::string operation(const Node& node) const {
    if (const auto number = splat_number(graph_, node.first)) return *number;
    std::vector<std::string> operands;
    bool numbers = false;
    for (const Value operand : graph_.operands(node)) {
      const auto number = splat_number(graph_, operand);
      numbers = numbers || number;
      operands.push_back(number.value_or("_"));
    }
    return numbers ? fmt::format("{} {}", node.row->name, fmt::join(operands, ", "))
                   : node.row->name;
  }

  std::string edges(NodeId id) const {
    std::string text;
    const auto operands = graph_.operands(id);
    for (std::size_t i = 0; i < operands.size(); ++i) {
      if (printed_where_used(graph_, graph_.node_of(operands[i]))) continue;
      const auto derivative = local_derivative(id, i);
      const std::string label = derivative            ? fmt::format("∂ {:.4g}", *derivative)
                                : operands.size() > 1 ? std::to_string(i)
                                                      : "";
      text += fmt::format("  n{} -> n{}{};\n", graph_.node_of(operands[i]).id, id.id,
                          label.empty() ? "" : fmt::format(" [label=\"{}\"]", label));
    }
    return text;
  }

  /// Of a forward node with respect to one operand, both with values and one element each: by dual
  /// numbers, of the node by itself.
  std::optional<double> local_derivative(NodeId id, std::size_t position) const {
    const Node& node = graph_.node(id);
    const Value result = graph_.result(id);
    const auto known = [&](Value value) { return value.id < values_.size() && values_[value.id]; };
    const auto number = [&](Value value) {
      return known(value) && is_float(graph_.type(value).dtype) &&
             graph_.type(value).elements() == 1;
    };
    const auto operands = graph_.operands(node);
    if (node.result_count != 1 || !number(result) || !number(operands[position]) ||
        !std::ranges::all_of(operands, known) || graph_.context().origins.order(node.origin) > 0)
      return std::nullopt;
    Graph alone(graph_.context(), "node");
    std::vector<Value> leaves;
    std::vector<Literal> inputs;
    for (const Value operand : operands) {
      // An operand that stands twice is two: each edge has a derivative of its own.
      leaves.push_back(alone.add_leaf(fmt::format("operand.{}", leaves.size()), Role::input,
                                      graph_.type(operand), {}));
      inputs.push_back(*values_[operand.id]);
    }
    const Type* const types[] = {&graph_.type(result)};
    const NodeId copy = alone.add_checked(*node.row, leaves, node.attrs, node.origin, types);
    alone.outputs.push_back({"value", alone.result(copy)});
    std::vector<Direction> tangents(inputs.size());
    tangents[position] = {1.0};
    const auto slopes = jvp_by_duals(alone, inputs, tangents);
    return slopes ? std::optional((*slopes)[0][0]) : std::nullopt;
  }

  std::string results() const {
    std::string text;
    for (const Output& output : graph_.outputs)
      text += result("out_" + output.name, output.name, output.value, "#ffffff");
    for (const Update& update : graph_.updates)
      text += result("set_" + update.target, "new " + update.target, update.value, "#d9ead3");
    return text;
  }

  std::string result(const std::string& id, const std::string& label, Value value,
                     std::string_view colour) const {
    return fmt::format("  {0} [label={1}, shape=ellipse, fillcolor=\"{2}\"];\n  n{3} -> {0};\n",
                       quoted(id), quoted(label), colour, graph_.node_of(value).id);
  }

  const Graph& graph_;
  const DotValues& values_;
  std::vector<std::string> names_;
};

} // namespace

std::string dot_text(const Graph& graph, const DotValues& values) {
  return DotPrinter(graph, values).print();
}

} // namespace nnc::cli
