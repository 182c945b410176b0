#include "compiler/loops/keep.h"

#include "ir/cost.h"

#include <algorithm>

namespace nnc {
namespace {

constexpr double per_element = 6;
constexpr double most = 1e15; ///< of one node; so sums of costs are no `never`

/// Maximal flow by blocking flows in levels (Dinic), without recursion.
class Flow {
public:
  explicit Flow(std::size_t points) : edges_of_(points) {}

  void connect(std::size_t from, std::size_t to, std::int64_t capacity) {
    edges_of_[from].push_back(edges_.size());
    edges_.push_back({to, capacity});
    edges_of_[to].push_back(edges_.size());
    edges_.push_back({from, 0});
  }

  /// The points from which `to` can still be reached when the flow is maximal: the smallest side
  /// of `to` that a minimal cut can leave.
  std::vector<bool> side_of(std::size_t from, std::size_t to) {
    while (find_levels(from, to)) {
      next_.assign(edges_of_.size(), 0);
      while (push(from, to)) {
      }
    }
    std::vector<bool> side(edges_of_.size(), false);
    std::vector<std::size_t> queue{to};
    side[to] = true;
    while (!queue.empty()) {
      const std::size_t point = queue.back();
      queue.pop_back();
      for (const std::size_t edge : edges_of_[point]) {
        const std::size_t before = edges_[edge].to;
        if (side[before] || edges_[edge ^ 1].left == 0) continue;
        side[before] = true;
        queue.push_back(before);
      }
    }
    return side;
  }

private:
  struct Edge {
    std::size_t to;
    std::int64_t left; ///< capacity that is not used; the edge back is the neighbour
  };

  bool find_levels(std::size_t from, std::size_t to) {
    levels_.assign(edges_of_.size(), -1);
    std::vector<std::size_t> queue{from};
    levels_[from] = 0;
    for (std::size_t i = 0; i < queue.size(); ++i)
      for (const std::size_t edge : edges_of_[queue[i]]) {
        const auto& [point, left] = edges_[edge];
        if (left == 0 || levels_[point] >= 0) continue;
        levels_[point] = levels_[queue[i]] + 1;
        queue.push_back(point);
      }
    return levels_[to] >= 0;
  }

  /// One path along ascending levels; false when there is none left.
  bool push(std::size_t from, std::size_t to) {
    std::vector<std::size_t> path; // of edges
    for (std::size_t point = from; point != to;) {
      std::size_t& next = next_[point];
      while (next < edges_of_[point].size() && !leads_on(point, edges_of_[point][next])) ++next;
      if (next < edges_of_[point].size()) {
        path.push_back(edges_of_[point][next]);
        point = edges_[path.back()].to;
        continue;
      }
      if (path.empty()) return false;
      point = edges_[path.back() ^ 1].to; // a dead end: the edge before it is not tried again
      path.pop_back();
      ++next_[point];
    }
    std::int64_t amount = ValueCosts::never;
    for (const std::size_t edge : path) amount = std::min(amount, edges_[edge].left);
    for (const std::size_t edge : path) {
      edges_[edge].left -= amount;
      edges_[edge ^ 1].left += amount;
    }
    return true;
  }

  bool leads_on(std::size_t point, std::size_t edge) const {
    return edges_[edge].left > 0 && levels_[edges_[edge].to] == levels_[point] + 1;
  }

  std::vector<std::vector<std::size_t>> edges_of_; ///< by point, edges and those back
  std::vector<Edge> edges_;
  std::vector<int> levels_;
  std::vector<std::size_t> next_; ///< edge to try
};

} // namespace

std::int64_t memory_cost(const Type& type) {
  return static_cast<std::int64_t>(
      std::min(per_element * static_cast<double>(type.elements()), most));
}

std::int64_t arithmetic_cost(const Graph& graph, NodeId id) {
  return static_cast<std::int64_t>(std::min(node_cost(graph, id), most));
}

std::vector<Has> cheapest(const Graph& graph, const ValueCosts& costs) {
  const std::size_t count = graph.value_count(), source = 2 * count, sink = source + 1;
  const auto before = [](Value value) { return std::size_t{2} * value.id; };
  const auto behind = [](Value value) { return std::size_t{2} * value.id + 1; };
  Flow flow(2 * count + 2);
  for (std::uint32_t id = 0; id < count; ++id) {
    const Value value{id};
    flow.connect(before(value), behind(value), costs.keep[id]);
    flow.connect(source, before(value), costs.compute[id]);
    if (costs.worth[id] > 0) flow.connect(behind(value), sink, costs.worth[id]);
    if (costs.compute[id] < ValueCosts::never)
      for (const Value operand : graph.operands(graph.node_of(value)))
        flow.connect(behind(operand), before(value), ValueCosts::never);
  }
  const std::vector<bool> needed = flow.side_of(source, sink);
  std::vector<Has> result(count, Has::nothing);
  for (std::uint32_t id = 0; id < count; ++id)
    if (needed[behind(Value{id})])
      result[id] = needed[before(Value{id})] ? Has::computed : Has::kept;
  return result;
}

} // namespace nnc
