// Gives each kernel its form, from the shape of its loops and expressions alone, and chooses how
// what loops read again and again lies in memory.
#pragma once

#include "ir/kernel/kernel.h"

namespace nnc {

Form form_of(const Kernel& kernel);
void set_forms(KernelProgram& program);
KernelProgram schedule(KernelProgram program);

} // namespace nnc
