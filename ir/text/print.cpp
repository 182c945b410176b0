#include "ir/text/print.h"

#include "ir/printable.h"
#include "ir/text/cursor.h"
#include "ir/text/header.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace nnc {
namespace {

constexpr std::size_t widest_results = 32, widest_expression = 56, widest_types = 24;

/// Names of functions by their graphs.
using BodyNames = std::unordered_map<const Graph*, std::string>;

/// Bodies that live nodes of a graph hold.
std::vector<const Graph*> bodies_in(const Graph& graph) {
  std::vector<const Graph*> found;
  const std::vector<bool> live = graph.live_nodes();
  for (std::uint32_t id = 0; id < graph.node_count(); ++id) {
    if (!live[id]) continue;
    for (const AttrValue& attr : graph.context().attrs[graph.node(NodeId{id}).attrs])
      if (const Body* body = std::get_if<Body>(&attr)) found.push_back(body->graph.get());
  }
  return found;
}

/// All bodies below a graph, each once and before those that call it.
std::vector<const Graph*> bodies_below(const Graph& root) {
  struct Visit {
    const Graph* graph;
    std::vector<const Graph*> below;
    std::size_t next = 0;
  };
  std::vector<const Graph*> order;
  std::set<const Graph*> seen;
  std::vector<Visit> path{{&root, bodies_in(root)}};
  while (!path.empty()) {
    Visit& visit = path.back();
    if (visit.next < visit.below.size()) {
      const Graph* body = visit.below[visit.next++];
      if (seen.insert(body).second) path.push_back({body, bodies_in(*body)});
      continue;
    }
    if (path.size() > 1) order.push_back(visit.graph);
    path.pop_back();
  }
  return order;
}

class GraphPrinter {
public:
  GraphPrinter(const Graph& graph, const BodyNames& bodies, const PrintOptions& options)
      : graph_(graph), bodies_(bodies), options_(options), names_(printed_names(graph)) {}

  /// Lines are made twice, once for the width of columns: to keep them would take as much memory as
  /// the graph.
  std::string run() {
    const std::vector<NodeId> nodes = nodes_with_lines();
    std::size_t left = 0, middle = 0, right = 0;
    for (const NodeId id : nodes) {
      make_line(id);
      widen(left, line_.results, widest_results);
      widen(middle, line_.expression, widest_expression);
      widen(right, line_.types, widest_types);
    }
    std::string text = header() + " {\n";
    for (const NodeId id : nodes) {
      make_line(id);
      fmt::format_to(std::back_inserter(text), "  {:<{}} = {:<{}} : {:<{}}", line_.results, left,
                     line_.expression, middle, line_.types, right);
      if (options_.origins)
        if (const std::string from = origin(graph_.node(id).origin); !from.empty())
          text += "  // " + from;
      text.erase(text.find_last_not_of(' ') + 1);
      text += '\n';
    }
    text += "}\n";
    return text;
  }

private:
  struct Line {
    std::string results, expression, types;
  };

  std::vector<NodeId> nodes_with_lines() const {
    const std::vector<bool> live = graph_.live_nodes();
    std::vector<NodeId> nodes;
    for (std::uint32_t id = 0; id < graph_.node_count(); ++id)
      if (live[id] && !graph_.is_leaf(graph_.result(NodeId{id})) &&
          !printed_where_used(graph_, NodeId{id}))
        nodes.push_back(NodeId{id});
    return nodes;
  }

  /// What is longer than others should wait for stands out of line.
  static void widen(std::size_t& column, const std::string& text, std::size_t widest) {
    if (text.size() <= widest) column = std::max(column, text.size());
  }

  std::string ref(Value value) const { return "%" + quoted_name(names_[value.id]); }

  std::string operand(Value value) const {
    const auto splat = splat_text(graph_, value);
    return splat ? *splat : ref(value);
  }

  std::string header() const {
    HeaderList leaves{"func @" + quoted_name(bodies_.at(&graph_))};
    for (const Value leaf : graph_.inputs) {
      const Role role = graph_.role(leaf);
      leaves.items.push_back((role == Role::input ? "" : std::string(role_name(role)) + " ") +
                             ref(leaf) + ": " + to_string(graph_.type(leaf)));
    }
    std::vector<HeaderList> lists{std::move(leaves), {"-> ", ports(graph_.outputs, &Output::name)}};
    if (!graph_.updates.empty())
      lists.push_back({"update ", ports(graph_.updates, &Update::target)});
    return header_text(lists);
  }

  template <class Port>
  std::vector<std::string> ports(const std::vector<Port>& list, std::string Port::*name) const {
    std::vector<std::string> texts;
    for (const Port& port : list)
      texts.push_back((port.*name == names_[port.value.id] ? "" : quoted_name(port.*name) + " = ") +
                      ref(port.value));
    return texts;
  }

  void make_line(NodeId id) {
    const Node& node = graph_.node(id);
    line_.results.clear();
    line_.types.clear();
    for (int i = 0; i < node.result_count; ++i) {
      if (i) line_.results += ", ", line_.types += ", ";
      line_.results += ref(graph_.result(id, i));
      line_.types += to_string(graph_.type(graph_.result(id, i)));
    }
    line_.expression = expression(node);
  }

  /// The file is named where it changes.
  std::string origin(OriginId id) {
    const std::string& file = graph_.context().origins.file(id);
    std::string text = origin_text(graph_.context(), id, file_);
    if (!file.empty()) file_ = file;
    return text;
  }

  std::string expression(const Node& node) const {
    if (const auto splat = splat_text(graph_, node.first)) return *splat;
    if (node.row->literal) return attr_text(AttrValue(graph_.attrs(node).literal("value")));
    std::string text = node.row->name;
    const auto operands = graph_.operands(node);
    for (std::size_t i = 0; i < operands.size(); ++i)
      text += (i ? ", " : " ") + operand(operands[i]);
    return text + attributes(node);
  }

  std::string attributes(const Node& node) const {
    std::string text;
    const Attrs& attrs = graph_.context().attrs[node.attrs];
    for (std::size_t i = 0; i < attrs.size(); ++i) {
      const AttrSpec& spec = node.row->attrs[i];
      if (absent(attrs[i]) || same_attr(attrs[i], spec.fallback)) continue;
      const Body* body = std::get_if<Body>(&attrs[i]);
      text += text.empty() ? " {" : ", ";
      text += spec.name + " = " +
              (body ? "@" + quoted_name(bodies_.at(body->graph.get())) : attr_text(attrs[i]));
    }
    return text.empty() ? text : text + "}";
  }

  const Graph& graph_;
  const BodyNames& bodies_;
  const PrintOptions& options_;
  std::vector<std::string> names_;
  std::string file_;
  Line line_; ///< being made
};

} // namespace

std::optional<std::string> splat_number(const Graph& graph, Value value) {
  if (!stands_inline(graph, value)) return std::nullopt;
  return element_text(graph.attrs(literal_behind(graph, value)).literal("value"), 0);
}

std::optional<std::string> splat_text(const Graph& graph, Value value) {
  const auto number = splat_number(graph, value);
  if (!number) return std::nullopt;
  const Type& type = graph.type(value);
  return std::string(dtype_name(type.dtype)) + (type.scalar() ? "" : to_string(type.shape)) + "(" +
         *number + ")";
}

bool printed_where_used(const Graph& graph, NodeId id) {
  const Value value = graph.result(id);
  if (!splat_number(graph, value)) return false;
  const auto is_it = [&](const auto& port) { return port.value == value; };
  return std::ranges::none_of(graph.outputs, is_it) && std::ranges::none_of(graph.updates, is_it);
}

std::string origin_text(const Context& context, OriginId id, std::string_view known_file) {
  const Origin origin = context.origins[id];
  std::string text = origin.place.file == known_file ? std::string() : origin.place.file;
  const auto add = [&](std::string_view gap, const std::string& more) {
    if (!text.empty() && !more.empty()) text += gap;
    text += more;
  };
  if (origin.place.line) add(":", fmt::format("{}:{}", origin.place.line, origin.place.column));
  if (origin.order > 0) {
    text = text.empty() ? "grad" : "grad " + text;
    if (!origin.subject.empty()) add(" ", "of %" + quoted_name(origin.subject));
    text += fmt::format(", rule {}, order {}", origin.rule, origin.order);
  } else {
    add("  ", origin.source);
  }
  if (!origin.rewrite.empty()) add("  ", "by " + origin.rewrite);
  return printable(text);
}

std::vector<std::pair<const Graph*, std::string>> named_bodies(const Graph& root) {
  std::vector<std::pair<const Graph*, std::string>> named;
  std::set<std::string> taken{root.name};
  for (const Graph* body : bodies_below(root)) {
    std::string name = body->name;
    for (int i = 1; !taken.insert(name).second; ++i) name = body->name + "." + std::to_string(i);
    named.emplace_back(body, std::move(name));
  }
  return named;
}

std::string print_graph(const Graph& graph, const PrintOptions& options) {
  const auto bodies = named_bodies(graph);
  BodyNames names{{&graph, graph.name}};
  names.insert(bodies.begin(), bodies.end());
  std::string text;
  for (const auto& [body, name] : bodies) text += GraphPrinter(*body, names, options).run() + "\n";
  return text + GraphPrinter(graph, names, options).run();
}

} // namespace nnc
