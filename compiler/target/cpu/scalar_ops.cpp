#include "compiler/target/cpu/scalar_ops.h"

#include "compiler/target/cpu/conversions.h"
#include "compiler/target/cpu/float_remainder.h"

#include <llvm/IR/Intrinsics.h>

namespace nnc::cpu {
namespace {

using llvm::Intrinsic::ID;

[[noreturn]] void unknown(ScalarOp op, DType dtype) {
  throw InternalError("CPU target: scalar " + std::string(scalar_op_name(op)) + " of " +
                      std::string(dtype_name(dtype)));
}

llvm::Value* real_unary(IR& ir, ScalarOp op, llvm::Value* a) {
  switch (op) {
  case ScalarOp::neg:
    return ir.CreateFNeg(a);
  case ScalarOp::abs:
    return ir.CreateUnaryIntrinsic(llvm::Intrinsic::fabs, a);
  case ScalarOp::sqrt:
    return ir.CreateUnaryIntrinsic(llvm::Intrinsic::sqrt, a);
  case ScalarOp::floor:
    return ir.CreateUnaryIntrinsic(llvm::Intrinsic::floor, a);
  case ScalarOp::ceil:
    return ir.CreateUnaryIntrinsic(llvm::Intrinsic::ceil, a);
  case ScalarOp::round:
    return ir.CreateUnaryIntrinsic(llvm::Intrinsic::roundeven, a);
  case ScalarOp::is_nan:
    return ir.CreateFCmpUNO(a, a);
  case ScalarOp::is_finite:
    return ir.CreateFCmpOLT(ir.CreateUnaryIntrinsic(llvm::Intrinsic::fabs, a),
                            llvm::ConstantFP::getInfinity(a->getType()));
  default:
    unknown(op, DType::f32);
  }
}

llvm::Value* real_binary(IR& ir, ScalarOp op, llvm::Value* a, llvm::Value* b) {
  switch (op) {
  case ScalarOp::add:
    return ir.CreateFAdd(a, b);
  case ScalarOp::sub:
    return ir.CreateFSub(a, b);
  case ScalarOp::mul:
    return ir.CreateFMul(a, b);
  case ScalarOp::div:
    return ir.CreateFDiv(a, b);
  case ScalarOp::rem:
    return float_remainder(ir, a, b);
  case ScalarOp::maximum:
    return ir.CreateBinaryIntrinsic(llvm::Intrinsic::maximum, a, b);
  case ScalarOp::minimum:
    return ir.CreateBinaryIntrinsic(llvm::Intrinsic::minimum, a, b);
  case ScalarOp::eq:
    return ir.CreateFCmpOEQ(a, b);
  case ScalarOp::ne:
    return ir.CreateFCmpUNE(a, b);
  case ScalarOp::lt:
    return ir.CreateFCmpOLT(a, b);
  case ScalarOp::le:
    return ir.CreateFCmpOLE(a, b);
  case ScalarOp::gt:
    return ir.CreateFCmpOGT(a, b);
  case ScalarOp::ge:
    return ir.CreateFCmpOGE(a, b);
  default:
    unknown(op, DType::f32);
  }
}

llvm::Value* integer_unary(IR& ir, ScalarOp op, DType dtype, llvm::Value* a) {
  llvm::Value* zero = integer_like(a, 0);
  switch (op) {
  case ScalarOp::neg:
    return ir.CreateNeg(a);
  case ScalarOp::abs:
    return is_signed(dtype) ? ir.CreateBinaryIntrinsic(llvm::Intrinsic::abs, a, ir.getFalse()) : a;
  case ScalarOp::floor:
  case ScalarOp::ceil:
  case ScalarOp::round:
    return a;
  case ScalarOp::bit_not:
    return ir.CreateNot(a);
  case ScalarOp::sign: {
    llvm::Value* positive = is_signed(dtype) ? ir.CreateICmpSGT(a, zero) : ir.CreateICmpNE(a, zero);
    llvm::Value* negative = is_signed(dtype) ? ir.CreateICmpSLT(a, zero)
                                             : llvm::Constant::getNullValue(positive->getType());
    return ir.CreateSub(ir.CreateZExt(positive, a->getType()),
                        ir.CreateZExt(negative, a->getType()));
  }
  case ScalarOp::is_nan:
    return ir.CreateICmpNE(a, a);
  case ScalarOp::is_finite:
    return ir.CreateICmpEQ(a, a);
  default:
    unknown(op, dtype);
  }
}

/// Quotient or remainder that traps for no operands.
llvm::Value* divide(IR& ir, ScalarOp op, bool has_sign, llvm::Value* a, llvm::Value* b) {
  llvm::Value* one = integer_like(b, 1);
  llvm::Value* by_zero = ir.CreateICmpEQ(b, integer_like(b, 0));
  llvm::Value* unsafe = by_zero;
  if (has_sign) { // lowest / -1 is lowest / 1, and leaves no remainder
    const unsigned bits = a->getType()->getScalarSizeInBits();
    llvm::Value* lowest =
        llvm::ConstantInt::get(a->getType(), llvm::APInt::getSignedMinValue(bits));
    unsafe = ir.CreateOr(
        by_zero, ir.CreateAnd(ir.CreateICmpEQ(a, lowest), ir.CreateICmpEQ(b, integer_like(b, -1))));
  }
  llvm::Value* by = ir.CreateSelect(unsafe, one, b);
  if (op == ScalarOp::div)
    return ir.CreateSelect(by_zero, integer_like(a, 0),
                           has_sign ? ir.CreateSDiv(a, by) : ir.CreateUDiv(a, by));
  return ir.CreateSelect(by_zero, a, has_sign ? ir.CreateSRem(a, by) : ir.CreateURem(a, by));
}

/// Shifts by the width or more, or by negative amounts, shift everything out.
llvm::Value* shift(IR& ir, ScalarOp op, bool has_sign, llvm::Value* a, llvm::Value* by) {
  const auto width = static_cast<std::int64_t>(a->getType()->getScalarSizeInBits());
  llvm::Value* inside = ir.CreateICmpULT(by, integer_like(by, width));
  if (op == ScalarOp::shift_right && has_sign)
    return ir.CreateAShr(a, ir.CreateSelect(inside, by, integer_like(by, width - 1)));
  llvm::Value* safe = ir.CreateSelect(inside, by, integer_like(by, 0));
  llvm::Value* shifted =
      op == ScalarOp::shift_left ? ir.CreateShl(a, safe) : ir.CreateLShr(a, safe);
  return ir.CreateSelect(inside, shifted, integer_like(a, 0));
}

llvm::Value* integer_binary(IR& ir, ScalarOp op, DType dtype, llvm::Value* a, llvm::Value* b) {
  const bool s = is_signed(dtype);
  switch (op) {
  case ScalarOp::add:
    return ir.CreateAdd(a, b);
  case ScalarOp::sub:
    return ir.CreateSub(a, b);
  case ScalarOp::mul:
    return ir.CreateMul(a, b);
  case ScalarOp::div:
  case ScalarOp::rem:
    return divide(ir, op, s, a, b);
  case ScalarOp::maximum:
  case ScalarOp::minimum:
    return emit_extreme(ir, op == ScalarOp::maximum, dtype, a, b);
  case ScalarOp::bit_and:
    return ir.CreateAnd(a, b);
  case ScalarOp::bit_or:
    return ir.CreateOr(a, b);
  case ScalarOp::bit_xor:
    return ir.CreateXor(a, b);
  case ScalarOp::shift_left:
  case ScalarOp::shift_right:
    return shift(ir, op, s, a, b);
  case ScalarOp::eq:
    return ir.CreateICmpEQ(a, b);
  case ScalarOp::ne:
    return ir.CreateICmpNE(a, b);
  case ScalarOp::lt:
    return s ? ir.CreateICmpSLT(a, b) : ir.CreateICmpULT(a, b);
  case ScalarOp::le:
    return s ? ir.CreateICmpSLE(a, b) : ir.CreateICmpULE(a, b);
  case ScalarOp::gt:
    return s ? ir.CreateICmpSGT(a, b) : ir.CreateICmpUGT(a, b);
  case ScalarOp::ge:
    return s ? ir.CreateICmpSGE(a, b) : ir.CreateICmpUGE(a, b);
  default:
    unknown(op, dtype);
  }
}

llvm::Value* bitcast(IR& ir, llvm::Value* a, DType to) {
  llvm::Type* type = value_type(ir.getContext(), to);
  return ir.CreateBitCast(a, lanes_of(type, lane_count(a)));
}

} // namespace

llvm::Value* emit_extreme(IR& ir, bool largest, DType dtype, llvm::Value* a, llvm::Value* b) {
  if (is_float(dtype))
    return ir.CreateBinaryIntrinsic(largest ? llvm::Intrinsic::maximum : llvm::Intrinsic::minimum,
                                    a, b);
  if (dtype == DType::boolean) return largest ? ir.CreateOr(a, b) : ir.CreateAnd(a, b);
  const ID id = is_signed(dtype) ? (largest ? llvm::Intrinsic::smax : llvm::Intrinsic::smin)
                                 : (largest ? llvm::Intrinsic::umax : llvm::Intrinsic::umin);
  return ir.CreateBinaryIntrinsic(id, a, b);
}

llvm::Value* emit_operation(IR& ir, const ExprNode& node, std::span<const DType> dtypes,
                            std::span<llvm::Value* const> operands) {
  if (node.op == ScalarOp::select) return ir.CreateSelect(operands[0], operands[1], operands[2]);
  const DType dtype = dtypes[0], wide = compute_dtype(dtype);
  if (node.op == ScalarOp::cast) return convert(ir, operands[0], dtype, node.dtype);
  if (node.op == ScalarOp::bitcast) return bitcast(ir, operands[0], node.dtype);
  if (!is_float(dtype)) {
    if (node.op == ScalarOp::fma)
      return ir.CreateAdd(ir.CreateMul(operands[0], operands[1]), operands[2]);
    return operands.size() == 1 ? integer_unary(ir, node.op, dtype, operands[0])
                                : integer_binary(ir, node.op, dtype, operands[0], operands[1]);
  }
  // 16-bit floats compute in f32 and round each result.
  std::vector<llvm::Value*> in;
  for (llvm::Value* operand : operands) in.push_back(convert(ir, operand, dtype, wide));
  llvm::Value* result = nullptr;
  if (node.op == ScalarOp::fma)
    result = ir.CreateIntrinsic(llvm::Intrinsic::fma, {in[0]->getType()}, {in[0], in[1], in[2]});
  else
    result =
        in.size() == 1 ? real_unary(ir, node.op, in[0]) : real_binary(ir, node.op, in[0], in[1]);
  return node.dtype == dtype ? convert(ir, result, wide, dtype) : result;
}

} // namespace nnc::cpu
