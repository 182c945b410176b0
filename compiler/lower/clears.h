// What a loop of fewer steps than it could take stacks begins as zeros: slices of steps that are
// not taken are. Where only loops over the steps that were taken read them, as a derivative does,
// there is nothing to clear, and the cost follows the steps, not the most that there could be.
#pragma once

#include "ir/kernel/kernel.h"

namespace nnc {

/// The program without kernels that clear arena buffers of which only slices are read that a loop
/// has written before.
KernelProgram drop_clears(KernelProgram program);

} // namespace nnc
