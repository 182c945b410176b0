#include "compiler/bodies.h"

#include "compiler/unchanged.h"
#include "ir/unmade.h"

#include <memory>
#include <unordered_map>

namespace nnc {
namespace {

/// Bodies by the ones they were made from: what is shared stays shared.
using ChangedBodies = std::unordered_map<const Graph*, std::shared_ptr<const Graph>>;

Graph change_all(const Graph& graph, const std::function<Graph(const Graph&)>& change,
                 ChangedBodies& known) {
  Graph from = change(graph);
  if (!has_control(from)) return from;
  Context& context = from.context();
  Graph to(context, from.name);
  std::vector<Value> map;
  copy_live(from, to, map, [&](NodeId id) {
    const Node& node = from.node(id);
    if (!node.row->control) return void(copy_node(from, id, to, map));
    Attrs attrs = context.attrs[node.attrs];
    for (AttrValue& attr : attrs)
      if (auto* body = std::get_if<Body>(&attr)) {
        const auto made = known.find(body->graph.get());
        const std::shared_ptr<const Graph> changed =
            made != known.end() ? made->second
                                : std::make_shared<Graph>(change_all(*body->graph, change, known));
        known.emplace(body->graph.get(), changed);
        body->graph = changed;
      }
    std::vector<Value> operands;
    std::vector<const Type*> types;
    for (const Value operand : from.operands(id)) operands.push_back(map[operand.id]);
    for (int i = 0; i < node.result_count; ++i) types.push_back(&from.type(from.result(id, i)));
    const NodeId made =
        to.add_checked(*node.row, operands, context.attrs.intern(attrs), node.origin, types);
    for (int i = 0; i < node.result_count; ++i) {
      const Value old = from.result(id, i);
      map[old.id] = to.result(made, i);
      to.carry_value_name(from, old, map[old.id]);
    }
  });
  return to;
}

} // namespace

Graph rebuilt(const Graph& from, const BuildNode& build) {
  Graph to(from.context(), from.name);
  Builder b(to);
  std::vector<Value> map;
  copy_live(from, to, map, [&](NodeId id) {
    b.origin = from.node(id).origin;
    const auto results = build(b, id, map);
    if (b.error()) unmade(*b.error(), from.node(id).row->name);
    if (!results) return void(copy_node(from, id, to, map));
    for (std::size_t i = 0; i < results->size(); ++i) {
      const Value old = from.result(id, static_cast<int>(i));
      map[old.id] = (*results)[i];
      to.carry_value_name(from, old, map[old.id]);
    }
  });
  return to;
}

bool maps_elements(const Node& node) {
  return node.row->elementwise && !node.row->opaque && !node.row->checks &&
         node.result_count == 1 && node.input_count > 0;
}

Value apply_op_of(Builder& b, const Graph& graph, NodeId id, std::span<const Value> operands) {
  const Node& node = graph.node(id);
  NamedAttrs attrs;
  for (const AttrSpec& spec : node.row->attrs)
    attrs.push_back({spec.name, graph.attrs(node).get(spec.name)});
  return b.op(node.row->name, operands, attrs);
}

Graph change_all(const Graph& graph, const std::function<Graph(const Graph&)>& change) {
  ChangedBodies known;
  return change_all(graph, change, known);
}

} // namespace nnc
