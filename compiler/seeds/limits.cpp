#include "compiler/seeds/limits.h"

#include "compiler/bodies.h"
#include "ir/grad_node.h"

#include <algorithm>
#include <unordered_set>

namespace nnc {
namespace {

/// The seeds of a node and how many of them it takes at a time; 0 where it has none.
struct SeedsOfNode {
  std::int64_t all = 0, at_a_time = 0;
};
SeedsOfNode seeds_of(const Graph& graph, const Node& node, SeedUse use) {
  Value seeds;
  std::int64_t chunk = 0;
  if (is_seed_sum(graph, node)) {
    const SeedSumOperands sum = seed_sum_operands(graph, node);
    seeds = sum.seeds;
    chunk = sum.chunk;
  } else if (use == SeedUse::any && is_grad(graph, node)) {
    const GradOperands grad = grad_operands(graph, node);
    if (grad.batched) seeds = grad.seed;
    chunk = grad.chunk;
  }
  if (!seeds.valid()) return {};
  const std::int64_t all = graph.type(seeds).shape[0];
  return {all, chunk > 0 ? std::min(chunk, all) : all};
}

/// Of `all` seeds, `most` at a time or not much fewer: chunks that come out even are stored where
/// the result is.
std::int64_t even_chunk(std::int64_t all, std::int64_t most) {
  for (std::int64_t chunk = most; 2 * chunk > most; --chunk)
    if (all % chunk == 0) return chunk;
  return most;
}

} // namespace

std::int64_t most_seeds(const Graph& graph, SeedUse use) {
  std::int64_t most = 0;
  std::vector<const Graph*> pending{&graph};
  std::unordered_set<const Graph*> seen;
  while (!pending.empty()) {
    const Graph& one = *pending.back();
    pending.pop_back();
    if (!seen.insert(&one).second) continue;
    for (std::uint32_t id = 0; id < one.node_count(); ++id) {
      const Node& node = one.node(NodeId{id});
      most = std::max(most, seeds_of(one, node, use).at_a_time);
      if (!node.row->control) continue;
      for (const AttrValue& attr : one.context().attrs[node.attrs])
        if (const auto* body = std::get_if<Body>(&attr)) pending.push_back(body->graph.get());
    }
  }
  return most;
}

Graph limit_seeds(const Graph& graph, std::int64_t most, SeedUse use) {
  using Results = std::optional<std::vector<Value>>;
  return change_all(graph, [&](const Graph& one) {
    return rebuilt(one, [&](Builder& b, NodeId id, std::vector<Value>& map) -> Results {
      const SeedsOfNode seeds = seeds_of(one, one.node(id), use);
      if (seeds.at_a_time <= most) return std::nullopt;
      const std::int64_t chunk = even_chunk(seeds.all, most);
      if (is_seed_sum(one, one.node(id))) {
        const SeedSumOperands sum = seed_sum_operands(one, one.node(id));
        return std::vector{
            build_seed_sum(b, {map[sum.of.id], map[sum.seed.id], map[sum.seeds.id], chunk})};
      }
      GradOperands grad = grad_operands(one, one.node(id));
      std::vector<Value> wrt;
      for (const Value variable : grad.wrt) wrt.push_back(map[variable.id]);
      grad.of = map[grad.of.id];
      grad.seed = map[grad.seed.id];
      grad.wrt = wrt;
      grad.chunk = chunk;
      return build_grad(b, grad);
    });
  });
}

} // namespace nnc
