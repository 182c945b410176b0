// Numbers that a float dtype has none for: finite ones that are infinite once they are rounded.
#pragma once

#include "ir/types.h"

#include <string>

namespace nnc::nn {

/// Is it a finite number, and infinite in `dtype`?
bool too_large(DType dtype, double number);

/// What to do about it: "the largest f16 is 65504; ...".
std::string largest_help(DType dtype);

} // namespace nnc::nn
