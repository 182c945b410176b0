#include "compiler/loops/sink.h"

#include "compiler/bodies.h"
#include "compiler/loops/loop_node.h"
#include "ir/cost.h"
#include "ir/unmade.h"

#include <algorithm>
#include <set>

namespace nnc {
namespace {

/// So many nodes at most are computed again for each reader of a value that has several.
constexpr int most_again = 8;

/// Which values a loop may compute slice by slice: element-wise ones, if a loop stacked what they
/// are made of.
class Sinkable {
public:
  explicit Sinkable(const Graph& graph)
      : graph_(graph), uses_(graph.use_counts()), node_(graph.node_count(), false),
        stacked_(graph.value_count(), false), again_(graph.node_count(), 0) {
    for (std::uint32_t id = 0; id < graph.node_count(); ++id) {
      const Node& node = graph.node(NodeId{id});
      node_[id] = can_sink(NodeId{id});
      for (int i = 0; i < node.result_count; ++i)
        stacked_[graph.result(NodeId{id}, i).id] = node.row->control || node_[id];
    }
  }
  bool operator()(NodeId id) const { return node_[id.id]; }

private:
  bool can_sink(NodeId id) {
    const Node& node = graph_.node(id);
    if (!maps_elements(node) || graph_.type(node.first).rank() == 0 ||
        std::ranges::none_of(graph_.operands(node), [&](Value v) { return stacked_[v.id]; }))
      return false;
    int again = 1;
    for (const Value operand : graph_.operands(node))
      again = std::min(again + again_[graph_.node_of(operand).id], most_again + 1);
    if (uses_[node.first.id] > 1 &&
        (again > most_again ||
         node_cost(graph_, id) > static_cast<double>(graph_.type(node.first).elements())))
      return false;
    again_[id.id] = again;
    return true;
  }

  const Graph& graph_;
  std::vector<std::uint32_t> uses_;
  std::vector<bool> node_, stacked_;
  std::vector<int> again_; ///< by node: that are computed with it, it included
};

/// A loop that computes of slices what it went over.
class Sunk {
public:
  Sunk(const Graph& graph, const LoopNode& loop, const Sinkable& sinkable)
      : graph_(graph), loop_(loop.parts), sinkable_(sinkable) {}

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
    gather();
    for (const Value over : loop_.over) take(inside, over, true, parts.over);
    for (const std::uint32_t id : nodes_)
      for (const Value operand : graph_.operands(NodeId{id}))
        take(inside, operand, false, parts.over);
    for (const std::uint32_t id : nodes_) compute(inside, NodeId{id});
    for (const Value over : loop_.over) in_body[body.inputs[next++].id] = inside_.at(over.id);
    for (; next < body.inputs.size(); ++next) copy_input(next);
    if (inside.error()) unmade(*inside.error(), "sinking into a loop");
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
  /// The nodes to compute in the body.
  void gather() {
    std::vector<NodeId> pending;
    for (const Value over : loop_.over) pending.push_back(graph_.node_of(over));
    while (!pending.empty()) {
      const NodeId id = pending.back();
      pending.pop_back();
      ++graph_.context().work.swept;
      if (!sinkable_(id) || !nodes_.insert(id.id).second) continue;
      for (const Value operand : graph_.operands(id)) pending.push_back(graph_.node_of(operand));
    }
  }

  /// An input of the body for slices of what is there, whether gone over itself or not; numbers are
  /// made in it.
  void take(Builder& b, Value value, bool gone_over, std::vector<Value>& taken) {
    Value& slice = inside_[value.id];
    if (slice.valid() || sinkable_(graph_.node_of(value))) return;
    Type type = graph_.type(value);
    type.shape.erase(type.shape.begin());
    const Value number = literal_behind(graph_, value);
    if (number.valid() && graph_.type(number).scalar() && !gone_over) {
      slice = b.broadcast(b.literal(graph_.attrs(number).literal("value")), type.shape, {});
      return;
    }
    slice = add_input(b.graph(), graph_.value_name(value), type);
    taken.push_back(value);
  }

  void compute(Builder& b, NodeId id) {
    const Node& node = graph_.node(id);
    std::vector<Value> operands;
    for (const Value operand : graph_.operands(node)) operands.push_back(inside_.at(operand.id));
    b.origin = node.origin;
    inside_[node.first.id] = apply_op_of(b, graph_, id, operands);
  }

  const Graph& graph_;
  const LoopParts& loop_;
  const Sinkable& sinkable_;
  std::set<std::uint32_t> nodes_;                   ///< to compute, operands first
  std::unordered_map<std::uint32_t, Value> inside_; ///< slices, by value of the graph around
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
