// Conversion of elements between dtypes, with the meaning of the operation `cast`:
//
// - to a float: rounded once, to nearest even; too large is infinite
// - float to integer: truncated, saturated at the ends of the range, NaN gives 0
// - integer to integer: wraps
// - to bool: x != 0 (so NaN is true); from bool: 0 or 1
//
// Denormal numbers are kept: these are conversions of data, not steps of a program.
#pragma once

#include "runtime/tensor.h"

namespace nnc {

/// E0602 when there is no memory for the result.
Result<Tensor> cast(const Tensor& tensor, DType to);

/// The stored bits of one number as an element of `to`, which must be f16 or bf16.
std::uint16_t round_to_16_bits(double value, DType to);

} // namespace nnc
