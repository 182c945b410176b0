#include "compiler/loops/sink.h"

#include "compiler/bodies.h"
#include "compiler/loops/loop_node.h"
#include "ir/cost.h"

#include <algorithm>
#include <set>

namespace nnc {
namespace {

/// Which values a loop may compute slice by slice: element-wise ones, if a loop stacked what they
/// are made of.
class Sinkable {
public:
  explicit Sinkable(const Graph& graph)
      : uses_(graph.use_counts()), node_(graph.node_count(), false),
        stacked_(graph.value_count(), false) {
    for (std::uint32_t id = 0; id < graph.node_count(); ++id) {
      const Node& node = graph.node(NodeId{id});
      const bool of_slices = node.row->elementwise && !node.row->opaque && !node.row->checks &&
                             node.result_count == 1 && graph.type(node.first).rank() > 0;
      const bool stacked =
          std::ranges::any_of(graph.operands(node), [&](Value v) { return stacked_[v.id]; });
      const bool few =
          uses_[node.first.id] == 1 ||
          node_cost(graph, NodeId{id}) <= static_cast<double>(graph.type(node.first).elements());
      node_[id] = of_slices && stacked && few;
      for (int i = 0; i < node.result_count; ++i)
        stacked_[graph.result(NodeId{id}, i).id] = node.row->control || node_[id];
    }
  }
  bool operator()(NodeId id) const { return node_[id.id]; }

private:
  std::vector<std::uint32_t> uses_;
  std::vector<bool> node_, stacked_;
};

/// A loop that computes of slices what it went over.
class Sunk {
public:
  Sunk(const Graph& graph, const LoopNode& loop, const Sinkable& sinkable)
      : graph_(graph), loop_(loop.parts), sinkable_(sinkable), inside_(graph.value_count()) {}

  std::vector<Value> build(Builder& b, std::span<const Value> map) {
    const Graph& body = *loop_.body;
    auto to = std::make_shared<Graph>(body.context(), body.name);
    LoopParts parts = loop_;
    parts.over.clear();
    std::vector<Value> in_body(body.value_count());
    const auto copy_input = [&](std::size_t i) {
      const Value input = body.inputs[i];
      in_body[input.id] = add_input(*to, body.leaf_name(input), body.type(input));
    };
    std::size_t next = 0;
    for (; next < loop_.carries.size(); ++next) copy_input(next);
    Builder inside(*to);
    for (const Value over : loop_.over) take_slices(inside, over, parts.over);
    for (const Value over : loop_.over) in_body[body.inputs[next++].id] = compute(inside, over);
    for (; next < body.inputs.size(); ++next) copy_input(next);
    if (inside.error()) throw InternalError("sinking into a loop: " + inside.error()->message);
    const std::vector<bool> live = body.live_nodes();
    for (std::uint32_t id = 0; id < body.node_count(); ++id)
      if (live[id] && !in_body[body.node(NodeId{id}).first.id].valid())
        copy_node(body, NodeId{id}, *to, in_body);
    for (const Output& output : body.outputs)
      add_output(*to, output.name, in_body[output.value.id]);
    parts.body = std::move(to);
    map_operands(parts, map);
    return build_loop(b, parts);
  }

private:
  /// The nodes to compute `value` with; the last is its own.
  std::set<std::uint32_t> nodes_of(Value value) const {
    std::set<std::uint32_t> nodes;
    std::vector<NodeId> pending{graph_.node_of(value)};
    while (!pending.empty()) {
      const NodeId id = pending.back();
      pending.pop_back();
      if (!sinkable_(id) || !nodes.insert(id.id).second) continue;
      for (const Value operand : graph_.operands(id)) pending.push_back(graph_.node_of(operand));
    }
    return nodes;
  }

  /// Inputs of the body for the slices that `over` is made of; numbers are made in it.
  void take_slices(Builder& b, Value over, std::vector<Value>& taken) {
    const auto take = [&](Value value) {
      Value& slice = inside_[value.id];
      if (slice.valid() || sinkable_(graph_.node_of(value))) return;
      Type type = graph_.type(value);
      type.shape.erase(type.shape.begin());
      const Value number = literal_behind(graph_, value);
      if (number.valid() && graph_.type(number).scalar() && value != over) {
        slice = b.broadcast(b.literal(graph_.attrs(number).literal("value")), type.shape, {});
        return;
      }
      slice = add_input(b.graph(), graph_.value_name(value), type);
      taken.push_back(value);
    };
    take(over);
    for (const std::uint32_t id : nodes_of(over))
      for (const Value operand : graph_.operands(NodeId{id})) take(operand);
  }

  /// A slice of `over`, of slices that have been taken.
  Value compute(Builder& b, Value over) {
    for (const std::uint32_t id : nodes_of(over)) {
      const Node& node = graph_.node(NodeId{id});
      if (inside_[node.first.id].valid()) continue;
      std::vector<Value> operands;
      for (const Value operand : graph_.operands(node)) operands.push_back(inside_[operand.id]);
      NamedAttrs attrs;
      for (const AttrSpec& spec : node.row->attrs)
        attrs.push_back({spec.name, graph_.attrs(node).get(spec.name)});
      b.origin = node.origin;
      inside_[node.first.id] = b.op(node.row->name, operands, attrs);
    }
    return inside_[over.id];
  }

  const Graph& graph_;
  const LoopParts& loop_;
  const Sinkable& sinkable_;
  std::vector<Value> inside_; ///< slices, by value of the graph around the loop
};

bool may_end_early(const LoopParts& loop) { return loop.count.valid() || loop.condition; }

} // namespace

Graph sink_into_loops(const Graph& from) {
  const Sinkable sinkable(from);
  using Results = std::optional<std::vector<Value>>;
  return rebuilt(from, [&](Builder& b, NodeId id, std::vector<Value>& map) -> Results {
    const auto loop = loop_at(from, id);
    const auto sinks = [&](Value over) { return sinkable(from.node_of(over)); };
    if (!loop || !may_end_early(loop->parts) || std::ranges::none_of(loop->parts.over, sinks))
      return std::nullopt;
    return Sunk(from, *loop, sinkable).build(b, map);
  });
}

} // namespace nnc
