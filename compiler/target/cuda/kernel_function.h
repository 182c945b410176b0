// One kernel as a `__global__` function, and how it is launched.
//
// The schedule follows from the form of the kernel and its shape alone, so that sums are added up
// in the same order in every run:
// - points: a thread for each point of the axes whose iterations are independent; reductions and
//   serial axes are loops of the thread;
// - rows: a block for each row. The threads share the points of a stage, and the terms of a
//   reduction that is the row's; what stages hand on is in shared memory;
// - tiles: contractions (compiler/target/cuda/tiles.h).
#pragma once

#include "compiler/target/source/shared_kernels.h"

namespace nnc::cuda {

struct Launch {
  std::int64_t blocks = 1; ///< 0: there is nothing to do
  std::int64_t threads = 32;
};

struct KernelFunction {
  source::PrintedKernel printed;
  Launch launch;
};

KernelFunction kernel_function(const source::SharedKernel& function, source::Library& library,
                               const aot::Names& taken);

} // namespace nnc::cuda
