#include "compiler/rewrite/sides.h"

#include "ir/builder.h"
#include "ir/widen.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace nnc {
namespace {

bool computes(const Node& node) { return node.row->element || node.row->body; }

constexpr double expensive = 1e6; ///< operations; such a node only stays near the rewrite
constexpr int near = 4;

double cost_of(const Graph& graph, NodeId id) {
  const Node& node = graph.node(id);
  std::vector<Type> in, out;
  for (const Value operand : graph.operands(node)) in.push_back(graph.type(operand));
  for (int i = 0; i < node.result_count; ++i) out.push_back(graph.type(graph.result(id, i)));
  return node.row->cost ? node.row->cost({in, out, graph.attrs(node)}) : 0;
}

/// Nodes to copy, in id order: true for those that stay operations, false for leaves.
std::map<std::uint32_t, bool> reached(const Graph& from, Value before, Value after, int depth) {
  std::map<std::uint32_t, bool> nodes;
  std::set<std::uint32_t> level = {from.node_of(before).id, from.node_of(after).id};
  for (int distance = 0; !level.empty(); ++distance) {
    std::set<std::uint32_t> next;
    for (const std::uint32_t id : level) {
      const Node& node = from.node(NodeId{id});
      const bool stays =
          node.row->literal || (distance < depth && computes(node) &&
                                (distance < near || cost_of(from, NodeId{id}) < expensive));
      if (!nodes.emplace(id, stays).second || !stays) continue;
      for (const Value operand : from.operands(node)) next.insert(from.node_of(operand).id);
    }
    level = std::move(next);
  }
  return nodes;
}

bool depends_on_dtypes(const Graph& graph) {
  std::set<DType> floats;
  for (std::uint32_t id = 0; id < graph.value_count(); ++id)
    if (is_float(graph.type(Value{id}).dtype)) floats.insert(graph.type(Value{id}).dtype);
  for (std::uint32_t id = 0; id < graph.node_count(); ++id)
    for (const AttrValue& value : graph.context().attrs[graph.node(NodeId{id}).attrs])
      if (std::holds_alternative<DType>(value)) return true;
  return floats.size() > 1;
}

std::vector<Value> mapped(std::span<const Value> values,
                          const std::map<std::uint32_t, Value>& map) {
  std::vector<Value> result;
  for (const Value value : values) result.push_back(map.at(value.id));
  return result;
}

/// The user's, or one that no other leaf has.
std::string name_of(const Graph& graph, Value value, std::set<std::string>& taken) {
  std::string name = graph.value_name(value);
  if (name.empty() || !taken.insert(name).second) name = "v" + std::to_string(value.id);
  taken.insert(name);
  return name;
}

} // namespace

Graph cut_sides(const Graph& from, Value before, Value after, int depth) {
  Graph to(from.context(), "rewrite");
  std::map<std::uint32_t, Value> map;
  std::set<std::string> names;
  for (const auto& [id, stays] : reached(from, before, after, depth)) {
    const Node& node = from.node(NodeId{id});
    std::vector<const Type*> types;
    for (int i = 0; i < node.result_count; ++i)
      types.push_back(&from.type(from.result(NodeId{id}, i)));
    const auto operands = stays ? mapped(from.operands(node), map) : std::vector<Value>();
    const NodeId copy =
        stays ? to.add_checked(*node.row, operands, node.attrs, node.origin, types) : NodeId{};
    for (int i = 0; i < node.result_count; ++i) {
      const Value old = from.result(NodeId{id}, i);
      map[old.id] =
          stays ? to.result(copy, i)
                : to.add_leaf(name_of(from, old, names), Role::input, from.type(old), node.origin);
      to.set_value_name(map[old.id], from.value_name(old));
    }
  }
  to.outputs = {{"before", map.at(before.id)}, {"after", map.at(after.id)}};
  return to;
}

std::optional<Graph> widened_sides(const Graph& graph) {
  if (depends_on_dtypes(graph)) return std::nullopt;
  auto wide = widened(graph);
  return wide ? std::optional<Graph>(std::move(wide->graph)) : std::nullopt;
}

Graph with_noise(const Graph& from) {
  Graph to(from.context(), from.name);
  std::vector<Value> map;
  Builder b(to);
  int count = 0;
  copy_live(from, to, map, [&](NodeId id) {
    const Node& node = from.node(id);
    copy_node(from, id, to, map);
    if (node.row->leaf || node.row->literal) return;
    for (int i = 0; i < node.result_count; ++i) {
      const Value old = from.result(id, i);
      if (!is_float(from.type(old).dtype)) continue;
      const std::string name = "noise." + std::to_string(count++);
      map[old.id] = b.mul(map[old.id], to.add_leaf(name, Role::input, from.type(old), {}));
    }
  });
  return to;
}

} // namespace nnc
