#include "compiler/loops/sums.h"

#include "compiler/loops/all_steps.h"

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

  std::vector<Value> results(Builder& b, const LoopParts& old,
                             const std::vector<Value>& made) const {
    if (b.error()) return {};
    const Graph& body = steps_.body;
    const std::size_t fewer = sums_.size(), own = body.outputs.size() - fewer;
    AllSteps all(b, steps_);
    all.know_operands(old);
    for (std::size_t i = old.carries.size(); i < body.outputs.size(); ++i)
      all.know(body.outputs[i].value, made[i - fewer], true);
    for (std::size_t i = 0; i < more_.size(); ++i) all.know(more_[i], made[own + i], true);
    all.compute(has_);
    std::vector<Value> results;
    std::size_t next = 0;
    for (std::size_t i = 0; i < body.outputs.size(); ++i) {
      const auto sum = std::ranges::find(sums_, i, &RunningSum::carry);
      results.push_back(sum == sums_.end() ? made[next++]
                                           : b.add(old.carries[i], b.sum(all.at(sum->term), {0})));
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
