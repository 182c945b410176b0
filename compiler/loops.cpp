#include "compiler/loops.h"

#include "compiler/bodies.h"
#include "compiler/loops/hoist.h"
#include "compiler/loops/join.h"
#include "compiler/loops/products.h"
#include "compiler/loops/prune.h"
#include "compiler/loops/recompute.h"
#include "compiler/loops/residuals.h"
#include "compiler/loops/sink.h"
#include "compiler/loops/sums.h"

#include <algorithm>

namespace nnc {
namespace {

constexpr int pairs_tried = 4000; ///< in one graph

/// The nodes after `first` that depend on it, up to `last`.
std::vector<bool> dependents(const Graph& graph, NodeId first, NodeId last) {
  std::vector<bool> found(last.id + 1, false);
  found[first.id] = true;
  graph.context().work.swept += last.id - first.id;
  for (std::uint32_t id = first.id + 1; id <= last.id; ++id)
    found[id] = std::ranges::any_of(graph.operands(NodeId{id}), [&](Value operand) {
      return graph.node_of(operand).id >= first.id && found[graph.node_of(operand).id];
    });
  return found;
}

/// Two loops that can be one.
class Pair {
public:
  Pair(const Graph& graph, const LoopNode& a, const LoopNode& b) : graph_(graph), a_(a), b_(b) {}

  /// What takes no look at the nodes between them: the steps, and whether one loop can be better.
  bool related() const {
    const auto read = [&](Value value) { return graph_.node_of(value) == a_.id && stacked(value); };
    const auto begins = [&](Value value) {
      return std::ranges::count(a_.parts.carries, value) > 0;
    };
    return a_.parts.reverse == b_.parts.reverse && a_.parts.checkpoint == b_.parts.checkpoint &&
           same_steps(graph_, a_, b_) &&
           (std::ranges::any_of(b_.parts.over, read) ||
            std::ranges::any_of(b_.parts.carries, begins));
  }

  bool possible() {
    late_ = dependents(graph_, a_.id, b_.id);
    const auto apart = [&](Value value) {
      const std::uint32_t node = graph_.node_of(value).id;
      return node < a_.id.id || !late_[node];
    };
    const bool counted_by_first = a_.parts.condition && b_.parts.count.valid();
    if (!std::ranges::all_of(b_.parts.carries, apart) ||
        !std::ranges::all_of(b_.parts.with, apart) ||
        (b_.parts.count.valid() && !counted_by_first && !apart(b_.parts.count)))
      return false;
    for (const Value value : b_.parts.over) {
      if (apart(value)) continue;
      if (graph_.node_of(value) != a_.id || !stacked(value)) return false;
      reads_ = true;
    }
    return true;
  }

  /// One loop is better where the second reads what the first stacks, or carries the same.
  bool worth_it() {
    join_.emplace(graph_, std::vector<LoopNode>{a_, b_});
    if (!join_->agrees()) return false;
    const std::size_t alone =
        Join(graph_, {a_}).carries_saved() + Join(graph_, {b_}).carries_saved();
    return reads_ || join_->carries_saved() > alone;
  }

  /// The second's place is that of both; what depends on the first comes after it.
  Graph joined() const {
    Graph to(graph_.context(), graph_.name);
    Builder b(to);
    std::vector<Value> map = begin_copy(graph_, to);
    const std::vector<bool> live = graph_.live_nodes();
    for (std::uint32_t id = 0; id < graph_.node_count(); ++id) {
      if (!live[id] || (id < b_.id.id && late(id))) continue;
      if (id != b_.id.id) {
        copy_node(graph_, NodeId{id}, to, map);
        continue;
      }
      b.origin = graph_.node(a_.id).origin;
      join_->build(b, map);
      for (std::uint32_t after = a_.id.id + 1; after < b_.id.id; ++after)
        if (live[after] && late(after)) copy_node(graph_, NodeId{after}, to, map);
    }
    finish_copy(graph_, to, map);
    return to;
  }

private:
  bool late(std::uint32_t node) const { return node >= a_.id.id && late_[node]; }
  bool stacked(Value value) const {
    const auto result = static_cast<std::size_t>(graph_.result_index(value));
    return result >= a_.parts.carries.size() && result < a_.parts.body->outputs.size();
  }

  const Graph& graph_;
  const LoopNode &a_, &b_;
  std::vector<bool> late_; ///< nodes that depend on the first loop
  bool reads_ = false;
  std::optional<Join> join_;
};

std::optional<Graph> join_two(const Graph& graph, int& tries) {
  const std::vector<LoopNode> loops = loops_of(graph);
  for (std::size_t i = 0; i < loops.size(); ++i)
    for (std::size_t j = i + 1; j < loops.size(); ++j) {
      Pair pair(graph, loops[i], loops[j]);
      if (tries <= 0 || !pair.related()) continue;
      --tries;
      if (pair.possible() && pair.worth_it()) return pair.joined();
    }
  return std::nullopt;
}

/// Every loop without what it has twice and what never changes.
Graph simplify_each(const Graph& from) {
  using Results = std::optional<std::vector<Value>>;
  return rebuilt(from, [&](Builder& b, NodeId id, std::vector<Value>& map) -> Results {
    const auto loop = loop_at(from, id);
    if (!loop) return std::nullopt;
    Join(from, {*loop}).build(b, map);
    std::vector<Value> results;
    for (int i = 0; i < from.node(id).result_count; ++i)
      results.push_back(map[from.result(id, i).id]);
    return results;
  });
}

} // namespace

Graph tidy_loops(const Graph& from, Context&) {
  if (loops_of(from).empty()) return prune_loops(from);
  int tries = pairs_tried;
  // Twins are seen before what nobody reads of one of them is gone, those that only seem to need
  // each other after it.
  Graph graph = simplify_each(from);
  while (auto joined = join_two(graph, tries)) graph = std::move(*joined);
  graph = prune_loops(graph);
  while (auto joined = join_two(graph, tries)) graph = prune_loops(*joined);
  graph = prune_loops(recompute_slices(hoist_constants(graph)));
  // What is kept is chosen while the function and its derivatives still compute the same.
  graph = prune_loops(keep_residuals(std::move(graph), pairs_tried));
  graph = prune_loops(sums_after_loops(graph));
  return prune_loops(sink_into_loops(products_before_loops(graph)));
}

} // namespace nnc
