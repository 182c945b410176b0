#include "compiler/lower/clears.h"

#include "ir/kernel/kernel_list.h"
#include "ir/kernel/taken_slices.h"

namespace nnc {
namespace {

/// The buffer that a kernel fills with one number, if it does nothing else.
std::optional<std::uint32_t> cleared_by(const Kernel& kernel, std::span<const Buffer> buffers) {
  if (kernel.stages.size() != 1 || !kernel.axes.empty() || kernel.stages[0].stores.size() != 1)
    return std::nullopt;
  const Store& store = kernel.stages[0].stores[0];
  if (store.guard.valid() || store.accumulate || store.buffer >= local_buffer ||
      kernel.pool.node(store.value).op != ScalarOp::constant)
    return std::nullopt;
  std::int64_t points = 1;
  for (const Axis axis : kernel.stages[0].axes) points *= kernel.pool.indices().axis(axis).extent;
  const Buffer& buffer = buffers[store.buffer];
  return buffer.role == BufferRole::arena && points == buffer.type.elements()
             ? std::optional(store.buffer)
             : std::nullopt;
}

} // namespace

KernelProgram drop_clears(KernelProgram program) {
  if (program.regions.empty()) return program;
  std::vector<bool> needless;
  {
    const TakenSlices taken(program);
    for (std::uint32_t k = 0; k < program.kernels.size(); ++k) {
      const auto buffer = cleared_by(program.kernels[k], program.buffers);
      needless.push_back(buffer && taken.cover(*buffer, k));
    }
  }
  remove_kernels(program, needless);
  return program;
}

} // namespace nnc
