// Gives each kernel its form, from the shape of its loops and expressions alone.
#pragma once

#include "ir/kernel/kernel.h"

namespace nnc {

Form form_of(const Kernel& kernel);
KernelProgram schedule(KernelProgram program);

} // namespace nnc
