// One scalar operation in LLVM IR, on single elements or on vectors, by language.md section 4.
#pragma once

#include "compiler/target/cpu/llvm_types.h"
#include "ir/kernel/expr.h"

namespace nnc::cpu {

/// Operands have equal lane counts; `dtypes` are theirs. Leaves, reduce and functions (which
/// ir/math expands) are not handled here.
llvm::Value* emit_operation(IR& ir, const ExprNode& node, std::span<const DType> dtypes,
                            std::span<llvm::Value* const> operands);

/// a if it is the greater (or lesser) by language.md 4.3: NaN if either is NaN, -0 < +0.
llvm::Value* emit_extreme(IR& ir, bool largest, DType dtype, llvm::Value* a, llvm::Value* b);

} // namespace nnc::cpu
