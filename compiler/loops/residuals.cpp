#include "compiler/loops/residuals.h"

#include "compiler/bodies.h"
#include "compiler/loops/keep.h"
#include "compiler/loops/loop_node.h"

#include <algorithm>
#include <map>

namespace nnc {
namespace {

/// Two loops over the same slices, of which the second may read what the first computes.
class Residuals {
public:
  Residuals(const Graph& graph, const LoopNode& first, const LoopNode& second)
      : graph_(graph), first_(first), second_(second), forward_(copy_body(*first.parts.body)),
        own_(forward_.graph->node_count()), back_(*second.parts.body), live_(back_.live_nodes()),
        twin_(back_.value_count()), varies_(back_.value_count(), false),
        more_(back_.value_count(), 0) {
    find_twins();
    choose();
  }

  /// Is there anything that the second does not read already?
  bool any() const { return !kept_.empty(); }

  Graph applied() {
    std::map<std::uint32_t, Value> stacked; // by kept value, in the new graph
    using Results = std::optional<std::vector<Value>>;
    return rebuilt(graph_, [&](Builder& b, NodeId id, std::vector<Value>& map) -> Results {
      if (id == first_.id) return run_first(b, map, stacked);
      if (id == second_.id) return run_second(b, map, stacked);
      return std::nullopt;
    });
  }

private:
  std::size_t carried() const { return first_.parts.carries.size(); }

  /// The result of the first loop that `value` is, if that is stacked.
  std::optional<std::size_t> stacked_by_first(Value value) const {
    if (graph_.node_of(value) != first_.id) return std::nullopt;
    const auto result = static_cast<std::size_t>(graph_.result_index(value));
    if (result < carried() || result >= first_.parts.body->outputs.size()) return std::nullopt;
    return result;
  }

  /// What an operand of the second loop is in a step of the first that has the same slices.
  Value slice_in_first(Value value) const {
    if (const auto result = stacked_by_first(value)) return forward_.outputs[*result];
    const auto& over = first_.parts.over;
    const auto found = std::ranges::find(over, value);
    if (found == over.end()) return {};
    return forward_.inputs[carried() + static_cast<std::size_t>(found - over.begin())];
  }
  Value constant_in_first(Value value) const {
    const auto& with = first_.parts.with;
    const auto found = std::ranges::find(with, value);
    if (found == with.end()) return {};
    return forward_.inputs[carried() + first_.parts.over.size() +
                           static_cast<std::size_t>(found - with.begin())];
  }

  /// Computes in the first loop what can be computed there; what was there before is found again,
  /// as equal nodes are one.
  void find_twins() {
    std::size_t input = second_.parts.carries.size();
    for (const Value value : second_.parts.over) {
      twin_[back_.inputs[input].id] = slice_in_first(value);
      varies_[back_.inputs[input++].id] = true;
    }
    for (const Value value : second_.parts.with)
      twin_[back_.inputs[input++].id] = constant_in_first(value);
    for (std::uint32_t id = 0; id < back_.node_count(); ++id)
      if (live_[id] && !back_.is_leaf(back_.result(NodeId{id}))) find_twin(NodeId{id});
  }

  void find_twin(NodeId id) {
    const Node& node = back_.node(id);
    const auto operands = back_.operands(id);
    if (!std::ranges::all_of(operands, [&](Value value) { return twin_[value.id].valid(); }))
      return;
    const NodeId twin = copy_node(back_, id, *forward_.graph, twin_);
    const bool special = node.row->control || node.row->checks || node.row->opaque;
    const bool known = !special || twin.id < own_; // only what runs anyway
    const bool varies =
        std::ranges::any_of(operands, [&](Value value) { return varies_[value.id]; });
    for (int i = 0; i < node.result_count; ++i) {
      const Value result = back_.result(id, i);
      if (!known) twin_[result.id] = {};
      varies_[result.id] = varies;
    }
  }

  /// Is there another reader of what the first loop stacks than the second?
  std::vector<bool> read_elsewhere() const {
    std::vector<bool> read(graph_.value_count(), false);
    const std::vector<bool> live = graph_.live_nodes();
    for (std::uint32_t id = 0; id < graph_.node_count(); ++id)
      if (live[id] && NodeId{id} != second_.id)
        for (const Value operand : graph_.operands(NodeId{id})) read[operand.id] = true;
    for (const Output& output : graph_.outputs) read[output.value.id] = true;
    for (const Update& update : graph_.updates) read[update.value.id] = true;
    return read;
  }

  void choose() {
    const std::vector<bool> elsewhere = read_elsewhere();
    ValueCosts costs(back_);
    std::size_t input = second_.parts.carries.size();
    for (const Value value : second_.parts.over) {
      const Value slice = back_.inputs[input++];
      const bool there = graph_.node_of(value) != first_.id || elsewhere[value.id];
      costs.keep[slice.id] = there ? 0 : memory_cost(back_.type(slice));
    }
    for (std::size_t i = 0; i < second_.parts.with.size(); ++i)
      costs.keep[back_.inputs[input++].id] = 0;
    for (std::uint32_t id = 0; id < back_.node_count(); ++id)
      if (live_[id] && !back_.is_leaf(back_.result(NodeId{id})))
        cost_of(NodeId{id}, costs, elsewhere);
    for (const Output& output : back_.outputs)
      if (twin_[output.value.id].valid()) costs.worth[output.value.id] = ValueCosts::never;
    const std::vector<Has> has = cheapest(back_, costs);
    for (std::uint32_t id = 0; id < back_.value_count(); ++id)
      if (has[id] == Has::kept && !back_.is_leaf(Value{id})) kept_.push_back(Value{id});
  }

  void cost_of(NodeId id, ValueCosts& costs, const std::vector<bool>& elsewhere) {
    const Node& node = back_.node(id);
    if (!twin_[node.first.id].valid()) { // it stays in the second loop
      for (const Value operand : back_.operands(id))
        if (twin_[operand.id].valid()) costs.worth[operand.id] = ValueCosts::never;
      return;
    }
    const std::int64_t arithmetic = arithmetic_cost(back_, id);
    // What the first loop would compute for this alone: one more, so that it is made where it is
    // read if that costs the same.
    const bool own = forward_.graph->node_of(twin_[node.first.id]).id < own_;
    std::int64_t more = own ? 0 : arithmetic + 1;
    for (const Value operand : back_.operands(id)) more += own ? 0 : more_[operand.id];
    for (int i = 0; i < node.result_count; ++i) {
      const Value result = back_.result(id, i);
      more_[result.id] = std::min(more, ValueCosts::never / 2);
      costs.compute[result.id] = varies_[result.id] ? arithmetic : 0;
      if (!varies_[result.id]) continue; // one for each step would be the same
      const auto stacked = position(twin_[result.id]);
      const bool there = stacked && elsewhere[graph_.result(first_.id, *stacked).id];
      if (!there && !can_be_stacked(back_.type(result))) continue;
      costs.keep[result.id] = (there ? 0 : memory_cost(back_.type(result))) + more_[result.id];
    }
  }

  /// Is there a tensor of one for each step?
  bool can_be_stacked(const Type& type) const {
    return static_cast<double>(type.bytes()) * static_cast<double>(first_.parts.length) <
           static_cast<double>(max_bytes);
  }

  /// Where the first loop stacks a value of its body.
  std::optional<int> position(Value twin) const {
    for (std::size_t i = carried(); i < forward_.outputs.size(); ++i)
      if (forward_.outputs[i] == twin) return static_cast<int>(i);
    return std::nullopt;
  }

  std::vector<Value> run_first(Builder& b, std::span<const Value> map,
                               std::map<std::uint32_t, Value>& stacked) {
    Graph& body = *forward_.graph;
    for (std::size_t i = 0; i < forward_.outputs.size(); ++i)
      add_output(body, first_.parts.body->outputs[i].name, forward_.outputs[i]);
    std::map<std::uint32_t, std::size_t> where; // results, by twin
    for (const Value value : kept_) {
      const Value twin = twin_[value.id];
      const auto found = position(twin);
      if (!where.emplace(twin.id, found ? static_cast<std::size_t>(*found) : body.outputs.size())
               .second ||
          found)
        continue;
      add_output(body, back_.value_name(value), twin);
    }
    LoopParts parts = first_.parts;
    parts.body = forward_.graph;
    map_operands(parts, map);
    std::vector<Value> results = build_loop(b, parts);
    if (b.error()) return results;
    for (const Value value : kept_) stacked[value.id] = results[where.at(twin_[value.id].id)];
    const std::size_t own = forward_.outputs.size();
    results.erase(results.begin() + static_cast<std::ptrdiff_t>(own),
                  results.begin() + static_cast<std::ptrdiff_t>(body.outputs.size()));
    return results;
  }

  std::vector<Value> run_second(Builder& b, std::span<const Value> map,
                                const std::map<std::uint32_t, Value>& stacked) const {
    auto body = std::make_shared<Graph>(back_.context(), back_.name);
    LoopParts parts = second_.parts;
    map_operands(parts, map);
    const std::size_t slices = parts.carries.size() + parts.over.size();
    std::vector<Value> inside(back_.value_count());
    const auto take = [&](std::size_t i) {
      const Value input = back_.inputs[i];
      inside[input.id] = add_input(*body, back_.leaf_name(input), back_.type(input));
    };
    for (std::size_t i = 0; i < slices; ++i) take(i);
    for (const Value value : kept_) {
      inside[value.id] = add_input(*body, back_.value_name(value), back_.type(value));
      parts.over.push_back(stacked.at(value.id));
    }
    for (std::size_t i = slices; i < back_.inputs.size(); ++i) take(i);
    const std::vector<Value> taken = inside;
    for (std::uint32_t id = 0; id < back_.node_count(); ++id) {
      if (!live_[id] || back_.is_leaf(back_.result(NodeId{id}))) continue;
      copy_node(back_, NodeId{id}, *body, inside);
      for (int i = 0; i < back_.node(NodeId{id}).result_count; ++i)
        if (const Value result = back_.result(NodeId{id}, i); taken[result.id].valid())
          inside[result.id] = taken[result.id];
    }
    for (const Output& output : back_.outputs)
      add_output(*body, output.name, inside[output.value.id]);
    parts.body = body;
    return build_loop(b, parts);
  }

  const Graph& graph_;
  const LoopNode &first_, &second_;
  BodyCopy forward_;         ///< the first loop's body, with what the second could take from it
  const std::uint32_t own_;  ///< nodes that the first has itself
  const Graph& back_;        ///< the second loop's body
  std::vector<bool> live_;   ///< its nodes
  std::vector<Value> twin_;  ///< by value of it, in forward_
  std::vector<bool> varies_; ///< from step to step
  std::vector<std::int64_t> more_; ///< what having it costs the first loop
  std::vector<Value> kept_;        ///< values of it to take from the first loop
};

bool share_slices(const Graph& graph, const LoopNode& first, const LoopNode& second) {
  return std::ranges::any_of(second.parts.over, [&](Value value) {
    return graph.node_of(value) == first.id ||
           std::ranges::find(first.parts.over, value) != first.parts.over.end();
  });
}

bool may_keep(const Graph& graph, const LoopNode& first, const LoopNode& second) {
  return !first.parts.checkpoint && first.parts.length > 1 && !second.parts.condition &&
         same_steps(graph, first, second) && share_slices(graph, first, second);
}

} // namespace

Graph keep_residuals(Graph graph, int tries) {
  std::vector<LoopNode> loops = loops_of(graph);
  for (std::size_t second = 1; second < loops.size(); ++second)
    for (std::size_t first = 0; first < second; ++first) {
      if (!may_keep(graph, loops[first], loops[second]) || tries-- <= 0) continue;
      Residuals residuals(graph, loops[first], loops[second]);
      if (!residuals.any()) continue;
      graph = residuals.applied();
      loops = loops_of(graph);
    }
  return graph;
}

} // namespace nnc
