#include "compiler/loops/continue_sums.h"

#include "compiler/bodies.h"
#include "compiler/loops/loop_node.h"
#include "compiler/rewrite/pattern.h"
#include "compiler/unchanged.h"

#include <algorithm>
#include <map>

namespace nnc {
namespace {

/// Does a body do nothing with a carry but add terms to it, itself or in a loop inside?
bool only_takes_up_terms(const Graph* body, std::size_t carry) {
  while (true) {
    const Value before = body->inputs[carry], after = body->outputs[carry].value;
    const std::vector<std::uint32_t> uses = body->use_counts();
    if (uses[before.id] != 1 || uses[after.id] != 1 || !is_float(body->type(after).dtype))
      return false;
    const NodeId id = body->node_of(after);
    const auto operands = body->operands(id);
    if (body->node(id).row->formula == Notation::sum)
      return std::ranges::find(operands, before) != operands.end();
    const auto inner = loop_at(*body, id);
    const auto result = static_cast<std::size_t>(body->result_index(after));
    if (!inner || result >= inner->parts.carries.size() || inner->parts.carries[result] != before)
      return false;
    body = inner->parts.body.get(); // it lives as long as the graph
    carry = result;
  }
}

/// Which sums begin with what, and which additions are then done.
class Continued {
public:
  explicit Continued(const Graph& graph) : graph_(graph), uses_(graph.use_counts()) {
    const std::vector<bool> live = graph.live_nodes();
    for (std::uint32_t id = 0; id < graph.node_count(); ++id)
      if (live[id] && graph.node(NodeId{id}).row->formula == Notation::sum) look_at(NodeId{id});
  }

  bool none() const { return sum_of_.empty(); }
  /// What the sum of loop `id` in `carry` begins with instead of zero.
  const Value* beginning(NodeId id, std::size_t carry) const {
    const auto found = begins_with_.find({id.id, carry});
    return found == begins_with_.end() ? nullptr : &found->second;
  }
  /// The sum that is all of an addition.
  const Value* sum_of(NodeId addition) const {
    const auto found = sum_of_.find(addition.id);
    return found == sum_of_.end() ? nullptr : &found->second;
  }

private:
  void look_at(NodeId addition) {
    for (const auto& [sum, other] : pattern::both_orders(graph_, addition)) {
      const auto loop = loop_at(graph_, graph_.node_of(sum));
      // What is there before the loop cannot depend on it.
      if (!loop || graph_.node_of(other).id >= loop->id.id || uses_[sum.id] != 1) continue;
      const auto carry = static_cast<std::size_t>(graph_.result_index(sum));
      if (carry >= loop->parts.carries.size() ||
          !pattern::is_splat(graph_, loop->parts.carries[carry], 0) ||
          !only_takes_up_terms(loop->parts.body.get(), carry))
        continue;
      begins_with_[{loop->id.id, carry}] = other;
      sum_of_[addition.id] = sum;
      return;
    }
  }

  const Graph& graph_;
  const std::vector<std::uint32_t> uses_;
  std::map<std::pair<std::uint32_t, std::size_t>, Value> begins_with_; ///< by loop and carry
  std::map<std::uint32_t, Value> sum_of_;                              ///< by addition
};

} // namespace

Graph continue_sums(Graph from) {
  if (!has_control(from)) return from;
  const Continued continued(from);
  if (continued.none()) return from;
  using Results = std::optional<std::vector<Value>>;
  return rebuilt(from, [&](Builder& b, NodeId id, std::vector<Value>& map) -> Results {
    if (const Value* sum = continued.sum_of(id)) return std::vector{map[sum->id]};
    auto loop = loop_at(from, id);
    if (!loop) return std::nullopt;
    LoopParts parts = loop->parts;
    map_operands(parts, map);
    bool any = false;
    for (std::size_t i = 0; i < parts.carries.size(); ++i)
      if (const Value* beginning = continued.beginning(id, i)) {
        parts.carries[i] = map[beginning->id];
        any = true;
      }
    return any ? Results(build_loop(b, parts)) : std::nullopt;
  });
}

} // namespace nnc
