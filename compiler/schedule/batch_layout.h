// Stored values of small convolutions lie with the examples of a batch side by side.
//
// A vector of a few channels, or of an image row that is no multiple of a vector, computes lanes
// that nobody reads; padding, windows and pooling ask their questions lane by lane. With the axis
// of the batch last, a vector holds the same element of 16 examples: no lane is wasted and each
// question is asked once. The caller's tensors stay as they are; the kernels that read or write
// them move what they touch.
#pragma once

#include "ir/kernel/kernel.h"

namespace nnc {

/// For programs whose forms are known; forms are set again. Programs without a convolution over
/// few channels, or with a batch that is no multiple of 16, stay what they are.
KernelProgram lay_out_batches(KernelProgram program);

} // namespace nnc
