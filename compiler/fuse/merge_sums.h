// A sum of sums of products is one sum of products.
//
// The gradient of a convolution to its input folds windows that a contraction makes: stored, they
// would be as many times the result as a window has places. As one contraction over places and
// channels they are never there.
#pragma once

#include "compiler/fuse/kernel_graph.h"

namespace nnc {

/// Before other kernels are merged. A load that a guard keeps inside its tensor counts as 0 where
/// the guard does not hold, and so does its product.
void merge_sums(KernelGraph& graph, std::span<const Buffer> buffers);

} // namespace nnc
