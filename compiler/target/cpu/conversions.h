// Conversions between dtypes by language.md section 4: one rounding to nearest even, floats to
// integers truncate and saturate with NaN as 0. No conversion calls a library.
#pragma once

#include "compiler/target/cpu/llvm_types.h"

namespace nnc::cpu {

llvm::Value* convert(IR& ir, llvm::Value* value, DType from, DType to);

} // namespace nnc::cpu
