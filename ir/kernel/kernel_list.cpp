#include "ir/kernel/kernel_list.h"

#include "ir/kernel/regions.h"

namespace nnc {

Kernel copy_kernel(std::span<const Buffer> buffers, std::uint32_t from, std::uint32_t to) {
  Kernel kernel;
  kernel.origin = buffers[from].origin;
  Stage stage;
  Store store{.buffer = to};
  for (const std::int64_t extent : buffers[from].type.shape) {
    stage.axes.push_back(
        kernel.pool.indices().new_axis(extent, "i" + std::to_string(stage.axes.size())));
    store.at.push_back(kernel.pool.indices().of(stage.axes.back()));
  }
  stage.serial.assign(stage.axes.size(), false);
  store.value = kernel.pool.load(from, buffers[from].type.dtype, store.at);
  stage.stores.push_back(std::move(store));
  kernel.stages.push_back(std::move(stage));
  return kernel;
}

void replace_kernels(KernelProgram& program, std::vector<std::vector<Kernel>> lists) {
  std::vector<std::uint32_t> place{0}; // of each list, and of the end
  for (const std::vector<Kernel>& list : lists)
    place.push_back(place.back() + static_cast<std::uint32_t>(list.size()));
  for (Region& region : program.regions)
    for (std::uint32_t* at : {&region.first, &region.middle, &region.last}) *at = place[*at];
  for (RangeCheck& check : program.checks) check.before_kernel = place[check.before_kernel];
  std::vector<Kernel> kernels;
  kernels.reserve(place.back()); // a vector that grows copies kernels
  for (std::vector<Kernel>& list : lists)
    for (Kernel& kernel : list) kernels.push_back(std::move(kernel));
  program.kernels = std::move(kernels);
}

void remove_kernels(KernelProgram& program, const std::vector<bool>& needless) {
  std::vector<std::vector<Kernel>> lists(needless.size());
  for (std::size_t k = 0; k < needless.size(); ++k)
    if (!needless[k]) lists[k].push_back(std::move(program.kernels[k]));
  replace_kernels(program, std::move(lists));
}

void insert_kernel(KernelProgram& program, std::uint32_t before, Kernel kernel) {
  program.kernels.insert(program.kernels.begin() + before, std::move(kernel));
  for (Region& region : program.regions) {
    if (region.first < before) {
      if (region.middle > before) ++region.middle;
      if (region.last > before) ++region.last;
      continue;
    }
    for (std::uint32_t* at : {&region.first, &region.middle, &region.last}) ++*at;
  }
  for (RangeCheck& check : program.checks)
    if (check.before_kernel >= before) ++check.before_kernel;
}

void place_checks(KernelProgram& program) {
  std::vector<std::uint32_t> known(program.buffers.size(), 0); // before which kernel a buffer is
  for (const Unit& unit : units(program))
    for (const std::uint32_t buffer : buffers_written(program, unit)) known[buffer] = unit.last;
  for (RangeCheck& check : program.checks)
    if (check.region == Region::none) check.before_kernel = known[check.buffer];
}

void name_kernels(KernelProgram& program) {
  for (std::size_t k = 0; k < program.kernels.size(); ++k)
    program.kernels[k].name = program.name + "_" + std::to_string(k);
}

} // namespace nnc
