#include "compiler/loops/sums.h"

#include "compiler/loops/all_steps.h"
#include "compiler/loops/segments.h"

#include <algorithm>

namespace nnc {
namespace {

/// A carry that only takes up a term in each step.
struct RunningSum {
  std::size_t carry;
  Value term; ///< of the body
};

std::vector<RunningSum> running_sums(const Steps& steps) {
  const Graph& body = steps.body;
  const std::vector<std::uint32_t> uses = body.use_counts();
  std::vector<RunningSum> sums;
  for (std::size_t i = 0; i < steps.loop.carries.size(); ++i) {
    const Value before = body.inputs[i], after = body.outputs[i].value;
    const Node& node = body.producer(after);
    const auto operands = body.operands(node);
    if (node.row->formula != Notation::sum || operands.size() != 2 || uses[before.id] != 1 ||
        uses[after.id] != 1 || !is_float(body.type(after).dtype))
      continue;
    if (operands[0] == before) sums.push_back({i, operands[1]});
    if (operands[1] == before) sums.push_back({i, operands[0]});
  }
  return sums;
}

/// The terms of all steps, and their sums: of each group of steps one, which are added up in the
/// order in which the loop takes the groups.
class Terms {
public:
  Terms(Builder& b, const Steps& steps, std::span<const Has> has, std::span<const RunningSum> sums)
      : b_(b), steps_(steps), has_(has), sums_(sums) {
    std::int64_t largest = 0, carried = 0;
    for (const RunningSum& sum : sums)
      largest = std::max(largest, steps.body.type(sum.term).elements());
    for (std::size_t i = 0; i < steps.loop.carries.size(); ++i)
      if (const Type& type = steps.body.type(steps.body.inputs[i]);
          is_float(type.dtype) && std::ranges::find(sums, i, &RunningSum::carry) == sums.end())
        carried += type.elements();
    group_ = steps_of_a_sum(steps.loop.length, largest, carried);
  }

  /// What a value of the body is in b's graph; with an axis for the steps in front, or the same in
  /// each.
  void know(Value value, Value outside, bool one_for_each_step) {
    (one_for_each_step ? slices_ : same_).push_back({value, outside});
  }
  void know_operands(const LoopParts& loop) {
    std::size_t input = loop.carries.size();
    for (const Value value : loop.over) know(steps_.body.inputs[input++], value, true);
    for (const Value value : loop.with) know(steps_.body.inputs[input++], value, false);
  }

  /// The sums, as what they begin with goes on.
  std::vector<Value> added_to(std::vector<Value> totals) const {
    const std::int64_t steps = steps_.loop.length, whole = steps / group_ * group_;
    if (steps_.loop.reverse) totals = with_rest(std::move(totals), whole, steps - whole);
    totals = whole == group_ ? with_rest(std::move(totals), 0, whole)
                             : with_groups(std::move(totals), whole);
    return steps_.loop.reverse ? totals : with_rest(std::move(totals), whole, steps - whole);
  }

private:
  struct Known {
    Value inside, outside; ///< of the body and of b's graph
  };

  /// The sums over `count` steps, for which `outside` says what is known, in the graph of `b`.
  template <class Outside>
  std::vector<Value> with_steps(Builder& b, std::vector<Value> totals, std::int64_t count,
                                Outside outside) const {
    AllSteps all(b, steps_, count);
    for (const Known& known : slices_) all.know(known.inside, outside(known, true), true);
    for (const Known& known : same_) all.know(known.inside, outside(known, false), false);
    all.compute(has_);
    for (std::size_t i = 0; i < totals.size(); ++i)
      totals[i] = b.add(totals[i], b.sum(all.at(sums_[i].term), {0}));
    return totals;
  }

  std::vector<Value> with_rest(std::vector<Value> totals, std::int64_t first,
                               std::int64_t count) const {
    if (count == 0) return totals;
    return with_steps(b_, std::move(totals), count, [&](const Known& known, bool slices) {
      return slices ? rows(b_, known.outside, first, count) : known.outside;
    });
  }

  /// A loop over the groups of the first `steps` steps. It is there to need little.
  std::vector<Value> with_groups(std::vector<Value> totals, std::int64_t steps) const {
    if (steps == 0) return totals;
    auto graph = std::make_shared<Graph>(steps_.body.context(), steps_.body.name + ".sums");
    Builder inside(*graph);
    inside.origin = b_.origin;
    LoopParts parts{.body = graph,
                    .carries = totals,
                    .length = steps / group_,
                    .reverse = steps_.loop.reverse,
                    .checkpoint = true};
    std::vector<Value> inputs;
    for (std::size_t i = 0; i < totals.size(); ++i)
      inputs.push_back(add_input(*graph, name(steps_.body.inputs[sums_[i].carry]),
                                 steps_.body.type(sums_[i].term)));
    const auto take = [&](const Known& known, bool slices) {
      Type type = steps_.body.type(known.inside);
      if (slices) type.shape.insert(type.shape.begin(), group_);
      if (slices)
        parts.over.push_back(in_segments(b_, rows(b_, known.outside, 0, steps), group_));
      else
        parts.with.push_back(known.outside);
      return add_input(*graph, name(known.inside), type);
    };
    const std::vector<Value> sums = with_steps(inside, std::move(inputs), group_, take);
    for (std::size_t i = 0; i < sums.size(); ++i)
      add_output(*graph, steps_.body.outputs[sums_[i].carry].name, sums[i]);
    if (inside.error()) b_.fail(*inside.error());
    return build_loop(b_, parts);
  }

  std::string name(Value value) const {
    return steps_.body.is_leaf(value) ? steps_.body.leaf_name(value)
                                      : steps_.body.value_name(value);
  }

  Builder& b_;
  const Steps& steps_;
  std::span<const Has> has_;
  std::span<const RunningSum> sums_;
  std::int64_t group_; ///< steps
  std::vector<Known> slices_, same_;
};

/// Takes sums out of one loop.
class SumsAfter {
public:
  explicit SumsAfter(const LoopParts& loop) : steps_(loop), sums_(running_sums(steps_)) {
    if (!sums_.empty()) choose();
  }

  bool any() const { return !sums_.empty(); }

  /// The results of the loop; `parts` are its parts in b's graph.
  std::vector<Value> build(Builder& b, LoopParts parts) const {
    const LoopParts old = parts;
    const Graph& body = steps_.body;
    auto graph = std::make_shared<Graph>(body.context(), body.name);
    std::vector<Value> inside = begin_copy(body, *graph);
    steps_.each([&](NodeId id) { copy_node(body, id, *graph, inside); });
    std::vector<Value> inputs;
    parts.carries.clear();
    for (std::size_t i = 0; i < body.inputs.size(); ++i)
      if (!taken(i)) inputs.push_back(graph->inputs[i]);
    for (std::size_t i = 0; i < old.carries.size(); ++i)
      if (!taken(i)) parts.carries.push_back(old.carries[i]);
    graph->inputs = inputs;
    for (std::size_t i = 0; i < body.outputs.size(); ++i)
      if (!taken(i)) add_output(*graph, body.outputs[i].name, inside[body.outputs[i].value.id]);
    for (const Value value : more_) add_output(*graph, body.value_name(value), inside[value.id]);
    parts.body = graph;
    return results(b, old, build_loop(b, parts));
  }

private:
  bool taken(std::size_t carry) const {
    return std::ranges::find(sums_, carry, &RunningSum::carry) != sums_.end();
  }

  void choose() {
    const Graph& body = steps_.body;
    ValueCosts costs(body);
    steps_.inputs_are_there(costs);
    for (std::size_t i = 0; i < steps_.loop.carries.size(); ++i)
      costs.keep[body.inputs[i].id] = memory_cost(body.type(body.inputs[i]));
    const std::vector<bool> needed = needed_in_steps();
    steps_.each([&](NodeId id) {
      for (int i = 0; i < body.node(id).result_count; ++i) {
        const Value result = body.result(id, i);
        const bool again = needed[id.id] && !steps_.same[result.id];
        if (steps_.batches(id)) costs.compute[result.id] = again ? arithmetic_cost(body, id) : 0;
        if (!steps_.same[result.id])
          costs.keep[result.id] = steps_.stacked(result) ? 0 : memory_cost(body.type(result));
      }
    });
    for (const RunningSum& sum : sums_) // what reading and writing it in each step costs
      costs.worth[sum.term.id] += memory_cost(body.type(sum.term));
    has_ = cheapest(body, costs);
    std::erase_if(sums_, [&](const RunningSum& sum) { return has_[sum.term.id] == Has::nothing; });
    std::int64_t elements = 0;
    for (std::uint32_t id = 0; id < body.value_count(); ++id) {
      const Value value{id};
      if (has_[id] != Has::kept || there(value)) continue;
      more_.push_back(value);
      elements += body.type(value).elements();
    }
    if (elements > steps_.sliced()) sums_.clear();
  }

  /// A slice, something that stays the same, or stacked before.
  bool there(Value value) const {
    const std::vector<Value>& inputs = steps_.body.inputs;
    const auto input = std::ranges::find(inputs, value) - inputs.begin();
    const bool carry = input < std::ssize(steps_.loop.carries);
    return steps_.stacked(value) || (!carry && input < std::ssize(inputs));
  }

  /// By node: whether anything but the sums reads it.
  std::vector<bool> needed_in_steps() const {
    const Graph& body = steps_.body;
    std::vector<bool> needed(body.node_count(), false);
    for (std::size_t i = 0; i < body.outputs.size(); ++i)
      if (!taken(i)) needed[body.node_of(body.outputs[i].value).id] = true;
    for (std::uint32_t id = body.node_count(); id-- > 0;)
      if (needed[id])
        for (const Value operand : body.operands(NodeId{id}))
          needed[body.node_of(operand).id] = true;
    return needed;
  }

  /// The results of the loop from those that it has without the sums.
  std::vector<Value> results(Builder& b, const LoopParts& old,
                             const std::vector<Value>& made) const {
    if (b.error()) return {};
    const Graph& body = steps_.body;
    const std::size_t fewer = sums_.size(), own = body.outputs.size() - fewer;
    Terms terms(b, steps_, has_, sums_);
    terms.know_operands(old);
    for (std::size_t i = old.carries.size(); i < body.outputs.size(); ++i)
      terms.know(body.outputs[i].value, made[i - fewer], true);
    for (std::size_t i = 0; i < more_.size(); ++i) terms.know(more_[i], made[own + i], true);
    std::vector<Value> totals;
    for (const RunningSum& sum : sums_) totals.push_back(old.carries[sum.carry]);
    totals = terms.added_to(std::move(totals));
    std::vector<Value> results;
    std::size_t next = 0;
    for (std::size_t i = 0; i < body.outputs.size(); ++i) {
      const auto sum = std::ranges::find(sums_, i, &RunningSum::carry);
      results.push_back(sum == sums_.end() ? made[next++]
                                           : totals[static_cast<std::size_t>(sum - sums_.begin())]);
    }
    return results;
  }

  Steps steps_;
  std::vector<RunningSum> sums_;
  std::vector<Has> has_;
  std::vector<Value> more_; ///< values of the body to stack besides
};

} // namespace

Graph sums_after_loops(const Graph& from) { return change_loops<SumsAfter>(from); }

} // namespace nnc
