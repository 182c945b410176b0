// A staged kernel taken apart: one kernel a stage, as they were before they were merged.
#pragma once

#include "ir/kernel/kernel.h"

namespace nnc {

/// Kernels that together do what `kernel` does, one for each stage, whose loops are the shared
/// ones and the stage's. Locals become buffers of the arena, with the shared axes first; those are
/// added to `buffers`.
std::vector<Kernel> split_stages(const Kernel& kernel, std::vector<Buffer>& buffers);

} // namespace nnc
