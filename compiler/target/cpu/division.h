// Vectors divided by one number.
#pragma once

#include "compiler/target/cpu/llvm_types.h"

namespace nnc::cpu {

/// Is a vector of so many floats better divided by `divided_by_one`?
bool pays_off_to_multiply(llvm::Type* element, unsigned lanes);

/// Every lane of `a` divided by the scalar `b`, rounded as a division is: by the reciprocal of b,
/// which a loop that does not change b computes once, and two corrections. A division of 16 lanes
/// holds its unit for as long as 16 to 24 multiplications take. Source: P. Markstein, IA-64 and
/// Elementary Functions, 2000, chapter 8.
llvm::Value* divided_by_one(IR& ir, llvm::Value* a, llvm::Value* b);

} // namespace nnc::cpu
