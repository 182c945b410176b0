// How dtypes look in LLVM IR, in memory and as values, one element or a vector of them.
//
// Values: bool is i1, bf16 its 16 bits as i16, f16 half, the rest as expected. In memory bool is a
// byte that is 0 or 1.
#pragma once

#include "ir/types.h"

#include <llvm/IR/IRBuilder.h>

namespace nnc::cpu {

using IR = llvm::IRBuilder<>;

llvm::Type* value_type(llvm::LLVMContext& context, DType dtype);
llvm::Type* memory_type(llvm::LLVMContext& context, DType dtype);
/// `element` itself for one lane.
llvm::Type* lanes_of(llvm::Type* element, unsigned lanes);
unsigned lane_count(const llvm::Value* value);

/// A scalar repeated; a value that has the lanes already is left alone.
llvm::Value* splat(IR& ir, llvm::Value* value, unsigned lanes);
llvm::Value* from_memory(IR& ir, DType dtype, llvm::Value* loaded);
llvm::Value* to_memory(IR& ir, DType dtype, llvm::Value* value);

/// A constant of `dtype`: `bits` as in ExprNode (f64 bits for floats, i64 for the rest).
llvm::Constant* constant_value(llvm::LLVMContext& context, DType dtype, std::uint64_t bits);
/// An i64 constant.
inline llvm::ConstantInt* number(IR& ir, std::int64_t value) {
  return ir.getInt64(static_cast<std::uint64_t>(value));
}
llvm::Constant* integer_like(llvm::Value* value, std::int64_t number);

/// 0, 1, 2, ... as <lanes x iN>.
llvm::Constant* lane_numbers(IR& ir, unsigned lanes, unsigned width);
/// Lanes below `count`, as <lanes x i1>; count is constant.
llvm::Constant* lane_mask(IR& ir, unsigned lanes, std::int64_t count);

/// The same, but code generation does not see that it is constant. For stores: where one lane of a
/// narrowing store is left, LLVM 22 stores the element before it is narrowed, beyond the lane.
llvm::Value* opaque_lane_mask(IR& ir, unsigned lanes, std::int64_t count);

} // namespace nnc::cpu
