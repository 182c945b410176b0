// Gives each kernel its form (compiler/forms.h) and chooses how stored values lie in memory: what
// small convolutions make (compiler/batch_layout.h), and what loops read again and again
// (compiler/loop_layout.h).
#pragma once

#include "ir/kernel/kernel.h"

namespace nnc {

KernelProgram schedule(KernelProgram program);

} // namespace nnc
