// Rows of a few points are no rows: each stage is a vector of its own.
#pragma once

#include "ir/kernel/kernel.h"

namespace nnc {

/// Takes kernels apart whose stages are small (ir/kernel/small_stage.h) over all of their rows.
KernelProgram split_small_rows(KernelProgram program);

} // namespace nnc
