// What a loop or a body of loops writes is often only given another shape afterwards: rows that
// were stacked in chunks, say. Such a copy of a whole buffer goes, and both are one memory.
#pragma once

#include "ir/kernel/kernel.h"

namespace nnc {

/// The program without kernels that copy all of an arena buffer, element for element in order, to a
/// buffer that nothing else writes. Whoever used the first uses the second, in its shape.
KernelProgram drop_copies(KernelProgram program);

} // namespace nnc
