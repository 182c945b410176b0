// Dtypes, constants and scalar operations in source.
//
// A value of f32 or f64 is a float or double, an integer one of <stdint.h>, a bool a bool. A 16-bit
// float is a uint16_t with its bits, and is computed with as a float (language.md section 4).
#pragma once

#include "compiler/target/source/library.h"
#include "compiler/target/source/text.h"

namespace nnc::source {

std::string_view value_type(DType dtype);  ///< of variables
std::string_view memory_type(DType dtype); ///< of tensors: bool is uint8_t

Text constant_text(Library& library, DType dtype, std::uint64_t bits);
Text call(const std::string& function, std::span<const Text> operands);
Text convert(Library& library, Text value, DType from, DType to);

/// One operation, no leaf and no reduce. `exact`: the result of an integer operation is within its
/// dtype, so that nothing wraps.
Text operation(Library& library, const ExprNode& node, std::span<const DType> dtypes,
               std::span<const Text> operands, bool exact);

/// max and min: NaN if either is, -0 < +0.
Text combine(Library& library, Combiner combiner, DType dtype, const Text& a, const Text& b);
/// What a reduction of nothing gives.
Text identity(Library& library, Combiner combiner, DType dtype);

} // namespace nnc::source
