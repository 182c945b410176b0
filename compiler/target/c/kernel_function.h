// One kernel as a C function.
#pragma once

#include "compiler/target/source/shared_kernels.h"

namespace nnc::c {

struct KernelFunction {
  std::string text;
  std::int64_t scratch_bytes = 0; ///< of the memory that it takes as its last parameter, if any
};

/// `static void NAME(buffers..., scratch)`. Parameters are named after the buffers and are none of
/// `taken`.
KernelFunction kernel_function(const source::SharedKernel& function, source::Library& library,
                               const std::vector<std::string>& taken);

} // namespace nnc::c
