// One kernel as a C function.
#pragma once

#include "compiler/target/source/shared_kernels.h"

namespace nnc::c {

/// `static void NAME(buffers..., scratch)`. Parameters are named after the buffers and are none of
/// `taken`.
source::PrintedKernel kernel_function(const source::SharedKernel& function,
                                      source::Library& library, const aot::Names& taken);

} // namespace nnc::c
