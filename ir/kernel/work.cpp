#include "ir/kernel/work.h"

#include <algorithm>

namespace nnc {
namespace {

double bytes_of(const Type& type) {
  double bytes = static_cast<double>(dtype_size(type.dtype));
  for (const std::int64_t extent : type.shape) bytes *= static_cast<double>(extent);
  return bytes;
}

/// Is it an integer from data that is the same in all of the kernel?
bool picks_a_slice(const ExprPool& pool, Index index) {
  const IndexForm& form = pool.indices().form(index);
  return form.terms.size() == 1 && form.terms[0].atom.kind == AtomKind::data &&
         pool.free_axes(Expr{form.terms[0].atom.id}).empty();
}

/// How much of `type` is meant by the leading indices that pick a slice of it.
double share(const ExprPool& pool, const Type& type, std::span<const Index> at) {
  double share = 1;
  for (std::size_t i = 0; i < at.size() && picks_a_slice(pool, at[i]); ++i)
    share /= static_cast<double>(std::max<std::int64_t>(type.shape[i], 1));
  return share;
}

} // namespace

KernelWork work_of(const Kernel& kernel, std::span<const Buffer> buffers) {
  std::unordered_map<std::uint32_t, double> read, written;
  const auto touch = [&](auto& touched, std::uint32_t buffer, std::span<const Index> at) {
    if (buffer >= local_buffer) return;
    double& largest = touched[buffer];
    largest = std::max(largest, share(kernel.pool, buffers[buffer].type, at));
  };
  for (const Stage& stage : kernel.stages)
    for (const Store& store : stage.stores) {
      touch(written, store.buffer, store.at);
      if (store.accumulate) touch(read, store.buffer, store.at);
    }
  for (const Expr expr : topological_order(kernel.pool, kernel_roots(kernel)))
    if (const ExprNode& node = kernel.pool.node(expr); node.op == ScalarOp::load)
      touch(read, node.source, kernel.pool.index_list(node));
  KernelWork work{.flop = arithmetic(kernel)};
  for (const std::uint32_t buffer : buffers_read(kernel))
    work.bytes += read[buffer] * bytes_of(buffers[buffer].type);
  for (const std::uint32_t buffer : buffers_written(kernel))
    work.bytes += written[buffer] * bytes_of(buffers[buffer].type);
  return work;
}

double times_run(const KernelProgram& program, std::uint32_t kernel) {
  double times = 1;
  for (const Region& region : program.regions)
    if (holds(region, kernel) && region.length >= 0) times *= static_cast<double>(region.length);
  return times;
}

KernelWork work_of(const KernelProgram& program, const Unit& unit) {
  KernelWork work;
  for (std::uint32_t k = unit.first; k < unit.last; ++k) {
    const KernelWork one = work_of(program.kernels[k], program.buffers);
    const double times = unit.region == Region::none ? 1 : times_run(program, k);
    work.flop += times * one.flop;
    work.bytes += times * one.bytes;
  }
  return work;
}

KernelWork work_of(const KernelProgram& program) {
  KernelWork work;
  for (const Unit& unit : units(program)) {
    const KernelWork one = work_of(program, unit);
    work.flop += one.flop;
    work.bytes += one.bytes;
  }
  return work;
}

} // namespace nnc
