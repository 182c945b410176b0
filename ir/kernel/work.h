// How much a program does: arithmetic, and bytes read and written.
#pragma once

#include "ir/kernel/regions.h"

namespace nnc {

struct KernelWork {
  double flop = 0, bytes = 0;
};

/// Of one execution. Each buffer counts once; of one that is gone over slice by slice, the slice.
KernelWork work_of(const Kernel& kernel, std::span<const Buffer> buffers);

/// How often a kernel runs in a call at most; a loop that only its condition ends counts as one.
double times_run(const KernelProgram& program, std::uint32_t kernel);

/// Of a call at most.
KernelWork work_of(const KernelProgram& program, const Unit& unit);
KernelWork work_of(const KernelProgram& program);

} // namespace nnc
