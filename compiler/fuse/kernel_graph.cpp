#include "compiler/fuse/kernel_graph.h"

#include "compiler/schedule/contraction.h"

#include <algorithm>
#include <queue>

namespace nnc {
namespace {

constexpr std::size_t search_limit = 2000;

} // namespace

KernelGraph::KernelGraph(std::vector<Kernel> kernels, std::vector<bool> kept,
                         std::vector<bool> checked, std::span<const StandIn> stand_ins)
    : kernels_(std::move(kernels)), facts_(kernels_.size()), rank_(kernels_.size()),
      alive_(kernels_.size(), true), kept_(std::move(kept)), checked_(std::move(checked)),
      stands_in_(kernels_.size(), false), reads_(kernels_.size()), writes_(kernels_.size()),
      readers_(kept_.size()), writers_(kept_.size()) {
  for (const StandIn& each : stand_ins) {
    stands_in_[each.kernel] = true;
    reads_[each.kernel] = each.reads;
    writes_[each.kernel] = each.writes;
  }
  for (std::size_t k = 0; k < kernels_.size(); ++k) link(k);
  rank_all();
}

void KernelGraph::link(std::size_t k) {
  if (!stands_in_[k]) {
    reads_[k] = buffers_read(kernels_[k]);
    writes_[k] = buffers_written(kernels_[k]);
  }
  for (const std::uint32_t buffer : reads_[k]) readers_[buffer].insert(k);
  for (const std::uint32_t buffer : writes_[k]) writers_[buffer].insert(k);
  facts_[k] = facts_of(kernels_[k]);
  facts_[k].serial |= stands_in_[k];
}

void KernelGraph::unlink(std::size_t k) {
  for (const std::uint32_t buffer : reads_[k]) readers_[buffer].erase(k);
  for (const std::uint32_t buffer : writes_[k]) writers_[buffer].erase(k);
}

void KernelGraph::remove(std::size_t k) {
  unlink(k);
  alive_[k] = false;
  kernels_[k] = Kernel{};
}

bool KernelGraph::needed(std::size_t k) const {
  if (!stands_in_[k]) return !kernels_[k].stages.empty();
  return std::ranges::any_of(writes_[k], [&](std::uint32_t buffer) {
    return kept_[buffer] || !readers(buffer, k).empty();
  });
}

void KernelGraph::refresh(std::size_t k) {
  unlink(k);
  link(k);
}

std::vector<std::size_t> KernelGraph::users(std::size_t k) const {
  std::set<std::size_t> found;
  for (const std::uint32_t buffer : writes_[k])
    found.insert(readers_[buffer].begin(), readers_[buffer].end());
  found.erase(k);
  return {found.begin(), found.end()};
}

std::vector<std::size_t> KernelGraph::readers(std::uint32_t buffer, std::size_t k) const {
  std::vector<std::size_t> found;
  for (const std::size_t reader : readers_[buffer])
    if (reader != k) found.push_back(reader);
  return found;
}

std::vector<std::size_t> KernelGraph::next_readers(std::uint32_t buffer, std::size_t k,
                                                   std::size_t count) const {
  std::vector<std::size_t> found;
  const std::set<std::size_t>& all = readers_[buffer];
  for (auto each = all.upper_bound(k); each != all.end() && found.size() < count; ++each)
    found.push_back(*each);
  return found;
}

std::vector<std::size_t> KernelGraph::neighbours(std::uint32_t buffer, std::size_t k,
                                                 std::size_t count) const {
  std::vector<std::size_t> found;
  for (const std::size_t writer : writers_[buffer])
    if (writer != k) found.push_back(writer);
  const std::set<std::size_t>& all = readers_[buffer];
  std::size_t left = count;
  for (auto each = all.lower_bound(k); each != all.begin() && left > 0; --left)
    found.push_back(*--each);
  left = count;
  for (auto each = all.upper_bound(k); each != all.end() && left > 0; ++each, --left)
    found.push_back(*each);
  return found;
}

bool KernelGraph::checked_between(std::size_t writer, std::size_t reader) const {
  return std::ranges::any_of(writes_[writer], [&](std::uint32_t buffer) {
    return checked_[buffer] && readers_[buffer].contains(reader);
  });
}

bool KernelGraph::completed_elsewhere(std::size_t k) const {
  return std::ranges::any_of(writes_[k],
                             [&](std::uint32_t buffer) { return writers_[buffer].size() > 1; });
}

bool KernelGraph::path_around(std::size_t a, std::size_t b) const {
  std::set<std::size_t> seen;
  std::vector<std::size_t> pending;
  const auto follow = [&](std::size_t from) {
    for (const std::size_t user : users(from))
      if (rank_[user] < rank_[b] && seen.insert(user).second) pending.push_back(user);
  };
  follow(a);
  while (!pending.empty()) {
    const std::size_t next = pending.back();
    pending.pop_back();
    if (seen.size() > search_limit) return true;
    for (const std::size_t user : users(next))
      if (user == b) return true;
    follow(next);
  }
  return false;
}

void KernelGraph::replace(std::size_t into, std::size_t gone, Kernel merged) {
  unlink(into);
  remove(gone);
  kernels_[into] = std::move(merged);
  link(into);
  rank(into, {rank_[into], rank_[gone]}); // the place of either is often right for both
}

void KernelGraph::change(std::size_t k, Kernel changed) {
  unlink(k);
  kernels_[k] = std::move(changed);
  link(k);
  rank(k, {rank_[k]});
}

std::uint32_t KernelGraph::add_buffer() {
  kept_.push_back(false);
  checked_.push_back(false);
  readers_.emplace_back();
  writers_.emplace_back();
  return static_cast<std::uint32_t>(kept_.size() - 1);
}

void KernelGraph::rank(std::size_t k, std::initializer_list<std::size_t> places) {
  const std::vector<std::size_t> after = users(k);
  const std::set<std::size_t> first = before(k);
  for (const std::size_t place : places) {
    const auto above = [&](std::size_t user) { return rank_[user] > place; };
    const auto below = [&](std::size_t need) { return rank_[need] < place; };
    if (!std::ranges::all_of(after, above) || !std::ranges::all_of(first, below)) continue;
    rank_[k] = place;
    return;
  }
  rank_all();
}

std::set<std::size_t> KernelGraph::before(std::size_t k) const {
  std::set<std::size_t> found;
  for (const std::uint32_t buffer : reads_[k])
    for (const std::size_t writer : writers_[buffer])
      if (writer != k) found.insert(writer);
  // Several writers of one buffer (the nests of a body) keep their order, also where an earlier
  // one reads what a later one adds to.
  for (const std::uint32_t buffer : writes_[k])
    for (const std::size_t writer : writers_[buffer]) {
      if (writer < k) found.insert(writer);
      if (writer > k) found.erase(writer);
    }
  return found;
}

std::vector<std::size_t> KernelGraph::sorted() const {
  std::vector<std::size_t> waiting(kernels_.size(), 0), order;
  std::vector<std::vector<std::size_t>> next(kernels_.size());
  std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>> ready;
  for (std::size_t k = 0; k < kernels_.size(); ++k) {
    if (!alive_[k]) continue;
    const std::set<std::size_t> first = before(k);
    waiting[k] = first.size();
    for (const std::size_t other : first) next[other].push_back(k);
    if (first.empty()) ready.push(k);
  }
  while (!ready.empty()) {
    const std::size_t k = ready.top();
    ready.pop();
    order.push_back(k);
    for (const std::size_t user : next[k])
      if (--waiting[user] == 0) ready.push(user);
  }
  if (order.size() != static_cast<std::size_t>(std::ranges::count(alive_, true)))
    throw InternalError("fuse: merged kernels depend on each other in a circle");
  return order;
}

void KernelGraph::rank_all() {
  std::size_t rank = 0;
  for (const std::size_t k : sorted()) rank_[k] = rank++;
}

std::vector<Kernel> KernelGraph::take_sorted() {
  const std::vector<std::size_t> order = sorted();
  std::vector<Kernel> kernels;
  kernels.reserve(order.size()); // a vector that grows copies kernels
  for (const std::size_t k : order) kernels.push_back(std::move(kernels_[k]));
  return kernels;
}

KernelFacts facts_of(const Kernel& kernel) {
  KernelFacts facts{.plain = kernel.stages.size() == 1 && kernel.axes.empty()};
  std::vector<Expr> roots;
  for (const Stage& stage : kernel.stages) {
    facts.serial |= std::ranges::any_of(stage.serial, [](bool serial) { return serial; });
    for (const Store& store : stage.stores) {
      roots.push_back(store.value);
      facts.plain &= !store.accumulate && !store.guard.valid();
    }
  }
  facts.plain &= !facts.serial;
  for (const Expr expr : topological_order(kernel.pool, roots)) {
    ++facts.nodes;
    facts.reduces |= kernel.pool.node(expr).op == ScalarOp::reduce;
  }
  facts.contracts = facts.reduces && find_contraction(kernel).has_value();
  return facts;
}

} // namespace nnc
