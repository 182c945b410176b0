// What lies where in the workspace, step by step: whoever reads a buffer finds what was written to
// it. Apart from `buffer_lives`, which says what `plan` may do, so that neither hides a fault of
// the other.
#pragma once

#include "ir/kernel/verify.h"

namespace nnc {

/// Walks a planned program, each loop twice, and reports the first reads of memory that another
/// buffer has taken; up to `limit`.
std::vector<KernelFault> memory_faults(const KernelProgram& program, std::size_t limit);

} // namespace nnc
