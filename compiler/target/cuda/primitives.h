// The functions of a CUDA source (compiler/target/source/library.h).
#pragma once

#include "compiler/target/source/library.h"

namespace nnc::cuda {

/// CUDA C++ as the target writes it: products of floats are calls, which nvcc does not contract.
const source::Language& language();

} // namespace nnc::cuda
