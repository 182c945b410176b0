#include "ir/kernel/taken_slices.h"

#include <algorithm>

namespace nnc {
namespace {

/// The loop counter that an index is, and nothing more.
std::optional<std::uint32_t> counter_of(const ExprPool& pool, Index index) {
  const IndexForm& form = pool.indices().form(index);
  if (form.constant != 0 || form.terms.size() != 1 || form.terms[0].coefficient != 1 ||
      form.terms[0].atom.kind != AtomKind::data)
    return std::nullopt;
  const ExprNode& node = pool.node(Expr{form.terms[0].atom.id});
  return node.op == ScalarOp::load && pool.index_list(node).empty() ? std::optional(node.source)
                                                                    : std::nullopt;
}

} // namespace

TakenSlices::TakenSlices(const KernelProgram& program)
    : program_(program), reads_(program.buffers.size()), writes_(program.buffers.size()),
      whole_(program.buffers.size(), false) {
  for (std::uint32_t k = 0; k < program.kernels.size(); ++k) look_at(k);
  for (const RangeCheck& check : program.checks) whole_[check.buffer] = true;
  for (const auto& update : program.updates) whole_[update.copy_from] = true;
  for (const Region& region : program.regions)
    for (const std::uint32_t buffer : buffers_read(region)) whole_[buffer] = true;
}

void TakenSlices::look_at(std::uint32_t k) {
  const Kernel& kernel = program_.kernels[k];
  const auto slice = [&](std::span<const Index> at) {
    return Slice{k, at.empty() ? std::nullopt : counter_of(kernel.pool, at[0])};
  };
  for (const Expr expr : topological_order(kernel.pool, kernel_roots(kernel)))
    if (const ExprNode& node = kernel.pool.node(expr);
        node.op == ScalarOp::load && node.source < local_buffer)
      reads_[node.source].push_back(slice(kernel.pool.index_list(node)));
  for (const Stage& stage : kernel.stages)
    for (const Store& store : stage.stores)
      if (store.buffer < local_buffer) writes_[store.buffer].push_back(slice(store.at));
}

/// The loop around a kernel that counts its slices in `counter`.
const Region* TakenSlices::loop_of(const Slice& slice) const {
  for (const Region& region : program_.regions)
    if (slice.counter && region.counter == *slice.counter && holds(region, slice.kernel))
      return &region;
  return nullptr;
}

/// The regions around a region.
std::vector<const Region*> TakenSlices::around(const Region& region) const {
  std::vector<const Region*> result;
  for (const Region& other : program_.regions)
    if (&other != &region && holds(other, region.first) && other.last >= region.last)
      result.push_back(&other);
  return result;
}

bool TakenSlices::cover(std::uint32_t buffer, std::uint32_t but_for) const {
  if (whole_[buffer] || program_.buffers[buffer].role != BufferRole::arena) return false;
  const Region* writer = nullptr;
  std::uint32_t first_write = UINT32_MAX;
  for (const Slice& write : writes_[buffer]) {
    if (write.kernel == but_for) continue;
    const Region* loop = loop_of(write);
    if (!loop || (writer && loop != writer)) return false;
    writer = loop;
    first_write = std::min(first_write, write.kernel);
  }
  if (!writer) return false;
  return std::ranges::all_of(reads_[buffer], [&](const Slice& read) {
    const Region* reader = loop_of(read);
    if (!reader) return false;
    return reader == writer ? read.kernel > first_write : takes_the_same(*writer, *reader);
  });
}

/// Does the second loop, after the first, take only slices that the first has taken?
bool TakenSlices::takes_the_same(const Region& first, const Region& second) const {
  const std::uint32_t taken = first.condition != Region::none ? first.steps : first.count;
  if (taken == Region::none || second.count != taken || second.length > first.length ||
      second.first < first.last || around(first) != around(second))
    return false;
  const auto changes = [&](const Region& region) {
    return &region != &first && region.steps == taken && region.last > first.first;
  };
  return std::ranges::none_of(program_.regions, changes) &&
         std::ranges::none_of(writes_[taken],
                              [&](const Slice& write) { return write.kernel >= first.first; });
}

} // namespace nnc
