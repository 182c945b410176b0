// Comparison of a result with the values expected, as `nnc run --expect` does it.
#pragma once

#include "runtime/tensor.h"

#include <cstdint>
#include <string>

namespace nnc {

struct Tolerance {
  double rtol = 0;
  double atol = 0;
};

struct Comparison {
  bool equal = true;          ///< no element is outside the tolerance
  std::int64_t different = 0; ///< how many are
  std::int64_t worst = -1;    ///< the one furthest outside, -1 when there is none
  double worst_error = 0;     ///< |actual - expected| there; infinite or NaN where one of both is
  std::string message;        ///< one line: what differs, or how near all elements are
};

/// Floats agree when |actual - expected| <= atol + rtol * |expected|; NaN agrees with NaN, an
/// infinity with the same infinity, -0 with +0. Integers and bools must be equal. Tensors of
/// different types are different.
Comparison compare(const Tensor& actual, const Tensor& expected, Tolerance tolerance);

} // namespace nnc
