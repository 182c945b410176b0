// What a loop need not do step by step is done for all steps at once, outside of it.
#pragma once

#include "compiler/bodies.h"
#include "compiler/loops/keep.h"
#include "compiler/loops/loop_node.h"
#include "ir/batching.h"

namespace nnc {

/// A loop's body and what is known of its values.
class Steps {
public:
  explicit Steps(const LoopParts& parts);

  /// Goes over the live nodes that compute something.
  template <class Visit>
  void each(Visit visit) const {
    for (std::uint32_t id = 0; id < body.node_count(); ++id)
      if (live_[id] && !body.is_leaf(body.result(NodeId{id}))) visit(NodeId{id});
  }

  /// Can it be done for all steps at once?
  bool batches(NodeId id) const;
  bool stacked(Value value) const;
  /// Elements that a step reads of slices and stacks.
  std::int64_t sliced() const;
  /// Slices and what stays the same are there without being kept.
  void inputs_are_there(ValueCosts& costs) const;

  const LoopParts& loop;
  const Graph& body;
  std::vector<bool> same;    ///< by value: in every step
  std::vector<bool> carried; ///< by value: depends on what is carried

private:
  std::vector<bool> live_; ///< by node
};

/// Computes values of a body for all steps, or `count` of them, in b's graph.
class AllSteps {
public:
  AllSteps(Builder& b, const Steps& steps, std::int64_t count)
      : b_(b), steps_(steps), count_(count), values_(steps.body.value_count()) {}

  /// What `value` is outside.
  void know(Value value, Value outside, bool one_for_each_step) {
    values_[value.id] = {outside, one_for_each_step};
  }
  /// What is gone over and stays the same; operands of b's graph.
  void know_operands(const LoopParts& loop);
  /// Those that are to be computed; what they are made from is known.
  void compute(std::span<const Has> has);
  /// With an axis for the steps in front.
  Value at(Value value) const;

private:
  Builder& b_;
  const Steps& steps_;
  const std::int64_t count_;
  std::vector<Batched> values_;
};

/// Loops that are left: those of which little is to be kept (`checkpoint`, and single steps, which
/// stand for marks), and those that may end early.
bool all_steps_are_taken(const LoopParts& loop);

/// The graph with every loop as `Change` makes it: made from the loop's parts, it says by `any()`
/// whether there is something to do, and `build(b, parts)` gives the results from the parts in b's
/// graph.
template <class Change>
Graph change_loops(const Graph& from) {
  return rebuilt(from, [&](Builder& b, NodeId id, std::vector<Value>& map) {
    std::optional<std::vector<Value>> results;
    const auto loop = loop_at(from, id);
    if (!loop || !all_steps_are_taken(loop->parts)) return results;
    const Change change(loop->parts);
    if (!change.any()) return results;
    LoopParts parts = loop->parts;
    map_operands(parts, map);
    results = change.build(b, std::move(parts));
    return results;
  });
}

} // namespace nnc
