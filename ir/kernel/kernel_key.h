// Which machine code serves a kernel, and on what.
//
// Code is shared by structure: loops, expressions, dtypes, extents and strides. Which buffers a
// kernel reads and writes, and where in them it begins, is no part of its code: the constant part
// of a buffer's first access is added to the address that the code is given. So `x[t]` costs one
// function for all t, however often a loop is unrolled.
#pragma once

#include "ir/kernel/kernel.h"

namespace nnc {

/// What a kernel's code is given: the address of element `first` (row-major; it may lie outside of
/// the buffer where a guard keeps accesses in) of a buffer.
struct KernelOperand {
  std::uint32_t buffer = 0;
  std::int64_t first = 0;
};

struct KernelKey {
  std::string text;                    ///< equal for kernels that one code serves
  std::vector<KernelOperand> operands; ///< each buffer once, in the order that the code wants
};

KernelKey kernel_key(const Kernel& kernel, std::span<const Buffer> buffers);

} // namespace nnc
