#include "compiler/schedule/small_stages.h"

#include "compiler/schedule/split_stages.h"
#include "ir/kernel/kernel_list.h"
#include "ir/kernel/small_stage.h"

#include <algorithm>

namespace nnc {

KernelProgram split_small_rows(KernelProgram program) {
  const auto is_small = [](const Kernel& kernel) {
    return !kernel.axes.empty() && std::ranges::all_of(kernel.stages, [&](const Stage& stage) {
      return is_small_stage(kernel.pool, stage, kernel.axes);
    });
  };
  if (std::ranges::none_of(program.kernels, is_small)) return program;
  std::vector<std::vector<Kernel>> lists;
  for (Kernel& kernel : program.kernels)
    if (is_small(kernel))
      lists.push_back(split_stages(kernel, program.buffers));
    else
      lists.push_back({std::move(kernel)});
  replace_kernels(program, std::move(lists));
  return program;
}

} // namespace nnc
