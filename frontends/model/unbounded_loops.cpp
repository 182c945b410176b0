#include "frontends/model/unbounded_loops.h"

#include "ir/control.h"
#include "ir/grad_node.h"

#include <algorithm>

namespace nnc {
namespace {

/// A graph that a node holds; its input i is the node's operand `first` + i.
struct Held {
  const Graph* graph;
  std::size_t first = 0;
  bool loops = false; ///< what it gives goes into it again
};

std::vector<Held> held_graphs(const Graph& graph, const Node& node) {
  const AttrView attrs = graph.attrs(node);
  if (!node.row->control) {
    if (attr_position(*node.row, "function") < 0) return {};
    return {{attrs.body("function").graph.get()}};
  }
  const Control control = node.row->control(attrs);
  if (control.kind == ControlKind::loop) return {{control.body.get(), 0, true}};
  return {{control.body.get(), 1}, {control.otherwise.get(), 1}};
}

/// What derivatives with respect to some values of one graph meet on their way.
class Walk {
public:
  explicit Walk(const Graph& graph)
      : graph_(graph), needed_(graph.value_count()), dependent_(graph.value_count()) {}

  void need(Value value) { needed_[value.id] = is_float(graph_.type(value).dtype); }
  void depend(Value value) { dependent_[value.id] = is_float(graph_.type(value).dtype); }

  std::optional<OriginId> run() {
    for (std::uint32_t id = graph_.node_count(); id-- > 0;)
      if (any_result(NodeId{id}, needed_) && lets_through(graph_.node(NodeId{id})))
        for (const Value operand : graph_.operands(NodeId{id})) need(operand);
    for (std::uint32_t id = 0; id < graph_.node_count(); ++id)
      if (any_result(NodeId{id}, needed_))
        if (const auto found = visit(NodeId{id})) return found;
    return std::nullopt;
  }

private:
  bool any_result(NodeId id, const std::vector<bool>& set) const {
    for (int i = 0; i < graph_.node(id).result_count; ++i)
      if (set[graph_.result(id, i).id]) return true;
    return false;
  }

  bool lets_through(const Node& node) const {
    return node.row->grad || is_grad(graph_, node) || !held_graphs(graph_, node).empty();
  }

  std::optional<OriginId> visit(NodeId id) {
    const Node& node = graph_.node(id);
    const auto operands = graph_.operands(node);
    if (std::ranges::none_of(operands, [&](Value v) { return dependent_[v.id]; })) return {};
    if (node.row->control) {
      const Control control = node.row->control(graph_.attrs(node));
      if (control.kind == ControlKind::loop && control.length < 0) return node.origin;
    }
    for (const Held& inside : held_graphs(graph_, node))
      if (const auto found = enter(id, inside)) return found;
    if (lets_through(node))
      for (int i = 0; i < node.result_count; ++i) depend(graph_.result(id, i));
    return std::nullopt;
  }

  std::optional<OriginId> enter(NodeId id, const Held& held) const {
    const auto operands = graph_.operands(id);
    Walk walk(*held.graph);
    for (std::size_t i = 0; i < held.graph->inputs.size(); ++i)
      if (held.loops || dependent_[operands[held.first + i].id]) walk.depend(held.graph->inputs[i]);
    for (std::size_t i = 0; i < held.graph->outputs.size(); ++i)
      if (held.loops || needed_[graph_.result(id, static_cast<int>(i)).id])
        walk.need(held.graph->outputs[i].value);
    return walk.run();
  }

  const Graph& graph_;
  std::vector<bool> needed_, dependent_; ///< by value
};

} // namespace

std::optional<OriginId> unbounded_loop(const Graph& graph, Value of, std::span<const Value> wrt) {
  Walk walk(graph);
  walk.need(of);
  for (const Value variable : wrt) walk.depend(variable);
  return walk.run();
}

} // namespace nnc
