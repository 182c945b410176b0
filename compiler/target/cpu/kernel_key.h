// A text that two kernels share exactly when one machine code serves both: same loops, expressions,
// dtypes and shapes, whatever the names and buffers.
#pragma once

#include "ir/kernel/kernel.h"

namespace nnc::cpu {

std::string kernel_key(const Kernel& kernel, std::span<const Buffer> buffers);

} // namespace nnc::cpu
