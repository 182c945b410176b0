// Takes rows of a few points apart (compiler/schedule/small_stages.h), gives each kernel its form
// (compiler/schedule/forms.h) and chooses how stored values lie in memory: what small convolutions
// make (compiler/schedule/batch_layout.h), and what loops read again and again
// (compiler/schedule/loop_layout.h).
#pragma once

#include "ir/kernel/kernel.h"

namespace nnc {

KernelProgram schedule(KernelProgram program);

} // namespace nnc
