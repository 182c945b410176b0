#include "compiler/loops/hoist.h"

#include "compiler/bodies.h"
#include "compiler/loops/loop_node.h"
#include "ir/cost.h"

#include <algorithm>

namespace nnc {
namespace {

/// What of a body is the same in every step.
class Constants {
public:
  /// The inputs behind the first `varying` are.
  Constants(const Graph& body, std::size_t varying)
      : body_(body), same_(body.value_count(), false), arithmetic_(body.value_count(), false),
        source_(body.value_count(), 0), live_(body.live_nodes()) {
    for (std::size_t i = varying; i < body.inputs.size(); ++i) {
      same_[body.inputs[i].id] = true;
      source_[body.inputs[i].id] = body.type(body.inputs[i]).elements();
    }
    for (std::uint32_t id = 0; id < body.node_count(); ++id)
      if (live_[id] && !body.is_leaf(body.result(NodeId{id}))) look_at(NodeId{id});
  }

  /// Values to compute before the loop, ascending.
  std::vector<Value> chosen() const {
    std::vector<bool> wanted(body_.value_count(), false);
    for (std::uint32_t id = 0; id < body_.node_count(); ++id) {
      if (!live_[id] || same_[body_.node(NodeId{id}).first.id]) continue;
      for (const Value operand : body_.operands(NodeId{id})) wanted[operand.id] = true;
    }
    for (const Output& output : body_.outputs) wanted[output.value.id] = true;
    std::vector<Value> result;
    for (std::uint32_t id = body_.value_count(); id-- > 0;) {
      const Value value{id};
      if (!wanted[id] || !same_[id] || body_.is_leaf(value)) continue;
      if (arithmetic_[id] && body_.type(value).elements() <= source_[id])
        result.push_back(value);
      else
        for (const Value operand : body_.operands(body_.node_of(value))) wanted[operand.id] = true;
    }
    std::ranges::reverse(result);
    return result;
  }

  bool same(Value value) const { return same_[value.id]; }

private:
  void look_at(NodeId id) {
    const Node& node = body_.node(id);
    if (node.row->checks || node.row->control || node.row->opaque) return;
    bool same = true, arithmetic = node_cost(body_, id) > 0 && !node.row->literal;
    std::int64_t source = 0;
    for (const Value operand : body_.operands(id)) {
      same = same && same_[operand.id];
      arithmetic = arithmetic || arithmetic_[operand.id];
      source = std::max(source, source_[operand.id]);
    }
    for (int i = 0; i < node.result_count; ++i) {
      const Value result = body_.result(id, i);
      same_[result.id] = same;
      arithmetic_[result.id] = arithmetic;
      source_[result.id] = source;
    }
  }

  const Graph& body_;
  std::vector<bool> same_, arithmetic_;
  std::vector<std::int64_t> source_; ///< elements of the largest input that it is made from
  std::vector<bool> live_;
};

/// Computes the chosen values of a body in b's graph, `operands` being its last inputs.
std::vector<Value> compute_before(Builder& b, const Graph& body, const Constants& constants,
                                  std::span<const Value> chosen, std::span<const Value> operands) {
  std::vector<Value> map(body.value_count());
  const std::size_t first = body.inputs.size() - operands.size();
  for (std::size_t i = 0; i < operands.size(); ++i) map[body.inputs[first + i].id] = operands[i];
  std::vector<bool> wanted(body.node_count(), false);
  for (const Value value : chosen) wanted[body.node_of(value).id] = true;
  for (std::uint32_t id = body.node_count(); id-- > 0;)
    if (wanted[id] && constants.same(body.result(NodeId{id})))
      for (const Value operand : body.operands(NodeId{id})) wanted[body.node_of(operand).id] = true;
  for (std::uint32_t id = 0; id < body.node_count(); ++id)
    if (wanted[id] && !map[body.node(NodeId{id}).first.id].valid())
      copy_node(body, NodeId{id}, b.graph(), map);
  std::vector<Value> results;
  for (const Value value : chosen) results.push_back(map[value.id]);
  return results;
}

/// The body with the chosen values as inputs behind its own.
std::shared_ptr<const Graph> body_without(const Graph& body, std::span<const Value> chosen) {
  auto graph = std::make_shared<Graph>(body.context(), body.name);
  std::vector<Value> map = begin_copy(body, *graph);
  for (const Value value : chosen)
    map[value.id] = add_input(*graph, body.value_name(value), body.type(value));
  const std::vector<bool> live = body.live_nodes();
  for (std::uint32_t id = 0; id < body.node_count(); ++id)
    if (live[id] && !map[body.node(NodeId{id}).first.id].valid())
      copy_node(body, NodeId{id}, *graph, map);
  finish_copy(body, *graph, map);
  return graph;
}

/// A condition takes the same operands behind the carries.
std::shared_ptr<const Graph> with_more_inputs(const Graph& condition, const Graph& body,
                                              std::span<const Value> chosen) {
  BodyCopy copy = copy_body(condition);
  for (const Value value : chosen) add_input(*copy.graph, body.value_name(value), body.type(value));
  add_output(*copy.graph, condition.outputs[0].name, copy.outputs[0]);
  return copy.graph;
}

} // namespace

Graph hoist_constants(const Graph& from) {
  using Results = std::optional<std::vector<Value>>;
  return rebuilt(from, [&](Builder& b, NodeId id, std::vector<Value>& map) -> Results {
    const auto loop = loop_at(from, id);
    if (!loop || loop->parts.length <= 1)
      return std::nullopt; // one step is there to be taken apart
    LoopParts parts = loop->parts;
    const Graph& body = *loop->parts.body;
    const Constants constants(body, parts.carries.size() + parts.over.size());
    const std::vector<Value> chosen = constants.chosen();
    if (chosen.empty()) return std::nullopt;
    map_operands(parts, map);
    const auto before = compute_before(b, body, constants, chosen, parts.with);
    parts.with.insert(parts.with.end(), before.begin(), before.end());
    parts.body = body_without(body, chosen);
    if (parts.condition) parts.condition = with_more_inputs(*loop->parts.condition, body, chosen);
    return build_loop(b, parts);
  });
}

} // namespace nnc
