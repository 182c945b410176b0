// fmod without a library: exact, by subtracting scaled divisors bit by bit.
#pragma once

#include "compiler/target/cpu/llvm_types.h"

namespace nnc::cpu {

/// The remainder of a / b with the sign of a, as C's fmod. Operands are f32 or f64. The loop
/// stands in one internal function per type; vectors go through it lane by lane.
llvm::Value* float_remainder(IR& ir, llvm::Value* a, llvm::Value* b);

} // namespace nnc::cpu
