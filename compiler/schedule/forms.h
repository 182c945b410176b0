// The form of a kernel, from the shape of its loops and expressions alone.
#pragma once

#include "ir/kernel/kernel.h"

namespace nnc {

Form form_of(const Kernel& kernel);
void set_forms(KernelProgram& program);

} // namespace nnc
