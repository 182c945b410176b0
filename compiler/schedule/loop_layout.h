// What a loop's contractions read in every step lies as they go over it.
//
// A factor that is the same in each step would be packed into panels in each: transposed where its
// rows run along the sum, and copied where rows lie powers of two apart, which push each other out
// of the cache. A copy made before the loop, with the axis of the results' rows last and rows a
// little longer, is read where it is. Copies take no more memory than what the loop goes over and
// stacks, so that loops which are there to need little still do.
#pragma once

#include "ir/kernel/kernel.h"

namespace nnc {

/// For kernels whose form is known; copies are pointwise.
KernelProgram lay_out_for_loops(KernelProgram program);

} // namespace nnc
