#include "ir/kernel/relocate.h"

#include "ir/kernel/rewrite.h"

#include <algorithm>

namespace nnc {

void relocate(Kernel& kernel,
              const std::function<Access(ExprPool& pool, const Access& access)>& move) {
  Rewriter rewriter(kernel.pool, kernel.pool);
  rewriter.on_leaf = [&](const ExprNode& node, std::span<const Index> at, Expr guard) {
    if (node.source >= local_buffer) return Expr{};
    const Access moved = move(kernel.pool, {node.source, {at.begin(), at.end()}});
    return kernel.pool.load(moved.buffer, node.dtype, moved.at, guard);
  };
  for (Stage& stage : kernel.stages)
    for (Store& store : stage.stores) {
      for (Index& index : store.at) index = rewriter.index(index);
      store.value = rewriter.expr(store.value);
      if (store.guard.valid()) store.guard = rewriter.expr(store.guard);
      if (store.buffer >= local_buffer) continue;
      Access moved = move(kernel.pool, {store.buffer, std::move(store.at)});
      store.buffer = moved.buffer;
      store.at = std::move(moved.at);
    }
}

void relocate(Region& region, const std::function<std::uint32_t(std::uint32_t buffer)>& move) {
  for (std::uint32_t* buffer : {&region.condition, &region.count, &region.counter, &region.steps})
    if (*buffer != Region::none) *buffer = move(*buffer);
}

void rename_buffer(KernelProgram& program, const Unit& unit, std::uint32_t old,
                   std::uint32_t fresh) {
  const auto renamed = [&](std::uint32_t buffer) { return buffer == old ? fresh : buffer; };
  const auto uses = [&](const Kernel& kernel) {
    const std::vector<std::uint32_t> read = buffers_read(kernel), written = buffers_written(kernel);
    return std::ranges::find(read, old) != read.end() ||
           std::ranges::find(written, old) != written.end();
  };
  for (std::uint32_t k = unit.first; k < unit.last; ++k)
    if (Kernel& kernel = program.kernels[k]; uses(kernel))
      relocate(kernel, [&](ExprPool&, const Access& access) {
        return Access{renamed(access.buffer), access.at};
      });
  if (unit.region == Region::none) return;
  for (std::uint32_t r = unit.region; r < unit.next_region; ++r)
    relocate(program.regions[r], renamed);
}

void rename_buffer(KernelProgram& program, std::uint32_t old, std::uint32_t fresh) {
  for (const Unit& unit : units(program)) rename_buffer(program, unit, old, fresh);
  for (RangeCheck& check : program.checks)
    if (check.buffer == old) check.buffer = fresh;
}

} // namespace nnc
