// Functions that the threads of a block call together.
#pragma once

#include "compiler/target/source/library.h"

namespace nnc::cuda {

/// "block_sum_f32": joins one value of each thread, by warps, then over the warps in order; every
/// thread gets the result. Of argmax and argmin the threads bring values with their positions, and
/// get the position.
std::string block_reduction(source::Library& library, Combiner combiner, DType dtype);

} // namespace nnc::cuda
