// Distances between neighbouring numbers of a float dtype.
#pragma once

#include "ir/types.h"

namespace nnc {

/// From 1 to the next number.
inline double epsilon(DType dtype) {
  switch (dtype) {
  case DType::f64:
    return 0x1p-52;
  case DType::f32:
    return 0x1p-23;
  case DType::f16:
    return 0x1p-10;
  default:
    return 0x1p-7;
  }
}

} // namespace nnc
