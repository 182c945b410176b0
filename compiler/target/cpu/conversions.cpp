#include "compiler/target/cpu/conversions.h"

#include <llvm/IR/Intrinsics.h>

namespace nnc::cpu {
namespace {

llvm::Value* bf16_to_f32(IR& ir, llvm::Value* bits) {
  const unsigned lanes = lane_count(bits);
  llvm::Value* wide = ir.CreateZExt(bits, lanes_of(ir.getInt32Ty(), lanes));
  return ir.CreateBitCast(ir.CreateShl(wide, 16), lanes_of(ir.getFloatTy(), lanes));
}

llvm::Value* f32_to_bf16(IR& ir, llvm::Value* value) {
  const unsigned lanes = lane_count(value);
  llvm::Value* bits = ir.CreateBitCast(value, lanes_of(ir.getInt32Ty(), lanes));
  llvm::Value* high = ir.CreateLShr(bits, 16);
  llvm::Value* odd = ir.CreateAnd(high, integer_like(bits, 1));
  llvm::Value* rounded = ir.CreateAdd(bits, ir.CreateAdd(odd, integer_like(bits, 0x7fff)));
  llvm::Value* quiet = ir.CreateOr(high, integer_like(bits, 0x40));
  llvm::Value* is_nan = ir.CreateFCmpUNO(value, value);
  llvm::Value* result = ir.CreateSelect(is_nan, quiet, ir.CreateLShr(rounded, 16));
  return ir.CreateTrunc(result, lanes_of(ir.getInt16Ty(), lanes));
}

/// f64 to f32, rounded to odd: a second rounding to 16 bits then is as if there were one.
llvm::Value* round_to_odd(IR& ir, llvm::Value* value) {
  const unsigned lanes = lane_count(value);
  llvm::Value* nearest = ir.CreateFPTrunc(value, lanes_of(ir.getFloatTy(), lanes));
  llvm::Value* back = ir.CreateFPExt(nearest, value->getType());
  llvm::Value* inexact = ir.CreateFCmpONE(back, value);
  llvm::Value* above = ir.CreateFCmpOGT(ir.CreateUnaryIntrinsic(llvm::Intrinsic::fabs, back),
                                        ir.CreateUnaryIntrinsic(llvm::Intrinsic::fabs, value));
  llvm::Value* bits = ir.CreateBitCast(nearest, lanes_of(ir.getInt32Ty(), lanes));
  bits = ir.CreateSub(bits, ir.CreateZExt(above, bits->getType()));
  bits = ir.CreateOr(bits, ir.CreateZExt(inexact, bits->getType()));
  return ir.CreateBitCast(bits, nearest->getType());
}

/// i64 to f64; low bits that no f64 holds only say on which side of a tie the number is, so a
/// further rounding is right.
llvm::Value* sticky_f64(IR& ir, llvm::Value* value, bool from_signed) {
  const unsigned lanes = lane_count(value);
  llvm::Type* f64 = lanes_of(ir.getDoubleTy(), lanes);
  if (value->getType()->getScalarSizeInBits() < 64)
    return from_signed ? ir.CreateSIToFP(value, f64) : ir.CreateUIToFP(value, f64);
  llvm::Value* low = ir.CreateAnd(value, integer_like(value, 1023));
  llvm::Value* rest = ir.CreateAnd(value, integer_like(value, ~std::int64_t{1023}));
  llvm::Value* some = ir.CreateICmpNE(low, integer_like(value, 0));
  llvm::Value* sticky =
      ir.CreateOr(rest, ir.CreateSelect(some, integer_like(value, 1024), integer_like(value, 0)));
  const std::int64_t held = std::int64_t{1} << 53;
  llvm::Value* large = ir.CreateICmpUGT(ir.CreateAdd(value, integer_like(value, held)),
                                        integer_like(value, 2 * held));
  return ir.CreateSIToFP(ir.CreateSelect(large, sticky, value), f64);
}

llvm::Value* float_to_integer(IR& ir, llvm::Value* value, DType to) {
  const unsigned lanes = lane_count(value);
  if (to == DType::boolean)
    return ir.CreateFCmpUNE(value, llvm::Constant::getNullValue(value->getType()));
  llvm::Type* type = lanes_of(value_type(ir.getContext(), to), lanes);
  const auto id = is_signed(to) ? llvm::Intrinsic::fptosi_sat : llvm::Intrinsic::fptoui_sat;
  return ir.CreateIntrinsic(id, {type, value->getType()}, {value});
}

llvm::Value* integer_to_integer(IR& ir, llvm::Value* value, DType from, DType to) {
  if (to == DType::boolean) return ir.CreateICmpNE(value, integer_like(value, 0));
  llvm::Type* type = lanes_of(value_type(ir.getContext(), to), lane_count(value));
  return ir.CreateIntCast(value, type, is_signed(from));
}

} // namespace

llvm::Value* convert(IR& ir, llvm::Value* value, DType from, DType to) {
  if (from == to) return value;
  const unsigned lanes = lane_count(value);
  llvm::Type* f32 = lanes_of(ir.getFloatTy(), lanes);
  if (from == DType::f16) return convert(ir, ir.CreateFPExt(value, f32), DType::f32, to);
  if (from == DType::bf16) return convert(ir, bf16_to_f32(ir, value), DType::f32, to);
  const bool narrow = to == DType::f16 || to == DType::bf16;
  if (narrow && from != DType::f32) {
    llvm::Value* wide = is_float(from) ? value : sticky_f64(ir, value, is_signed(from));
    return convert(ir, round_to_odd(ir, wide), DType::f32, to);
  }
  if (to == DType::bf16) return f32_to_bf16(ir, value);
  llvm::Type* type = lanes_of(value_type(ir.getContext(), to), lanes);
  if (is_float(from) && is_float(to)) return ir.CreateFPCast(value, type);
  if (is_float(from)) return float_to_integer(ir, value, to);
  if (!is_float(to)) return integer_to_integer(ir, value, from, to);
  return is_signed(from) ? ir.CreateSIToFP(value, type) : ir.CreateUIToFP(value, type);
}

} // namespace nnc::cpu
