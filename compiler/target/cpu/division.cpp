#include "compiler/target/cpu/division.h"

#include <llvm/IR/Intrinsics.h>

namespace nnc::cpu {
namespace {

/// 2^-greatest to 2^greatest: quotients of two such numbers, and what is left of the dividend
/// after a product, are far from numbers that are denormal or infinite.
struct Format {
  unsigned bits;
  int greatest;
  std::uint64_t one; ///< the bits of 1.0
  int fraction_bits;
};
constexpr Format single{32, 50, 0x3f800000, 23};
constexpr Format wide{64, 400, 0x3ff0000000000000, 52};

const Format& format_of(llvm::Type* element) { return element->isDoubleTy() ? wide : single; }

llvm::Value* fma(IR& ir, llvm::Value* a, llvm::Value* b, llvm::Value* c) {
  return ir.CreateIntrinsic(llvm::Intrinsic::fma, {a->getType()}, {a, b, c});
}

/// Which lanes are from 2^-greatest to 2^greatest, of either sign.
llvm::Value* is_moderate(IR& ir, llvm::Value* value) {
  const Format& format = format_of(value->getType()->getScalarType());
  const unsigned lanes = lane_count(value);
  llvm::Value* bits = ir.CreateBitCast(value, lanes_of(ir.getIntNTy(format.bits), lanes));
  const auto constant = [&](std::uint64_t number) {
    return integer_like(bits, static_cast<std::int64_t>(number));
  };
  const auto power = [&](int exponent) {
    return format.one + (static_cast<std::uint64_t>(static_cast<std::int64_t>(exponent))
                         << format.fraction_bits);
  };
  llvm::Value* size = ir.CreateAnd(bits, constant((std::uint64_t{1} << (format.bits - 1)) - 1));
  const std::uint64_t least = power(-format.greatest), greatest = power(format.greatest);
  return ir.CreateICmpULE(ir.CreateSub(size, constant(least)), constant(greatest - least));
}

/// The reciprocal is rounded right; the first correction makes the quotient one of the two
/// neighbours of the exact one, then the second makes it the nearer of them.
llvm::Value* by_reciprocal(IR& ir, llvm::Value* a, llvm::Value* b, llvm::Value* reciprocal) {
  llvm::Value* minus_b = ir.CreateFNeg(b);
  llvm::Value* quotient = ir.CreateFMul(a, reciprocal);
  for (int i = 0; i < 2; ++i)
    quotient = fma(ir, fma(ir, minus_b, quotient, a), reciprocal, quotient);
  return quotient;
}

} // namespace

bool pays_off_to_multiply(llvm::Type* element, unsigned lanes) {
  return lanes * format_of(element).bits >= 512;
}

llvm::Value* divided_by_one(IR& ir, llvm::Value* a, llvm::Value* b) {
  const unsigned lanes = lane_count(a);
  llvm::Value* one = llvm::ConstantFP::get(b->getType(), 1.0);
  llvm::Value* reciprocal = splat(ir, ir.CreateFDiv(one, b), lanes);
  llvm::Value* moderate = is_moderate(ir, b);
  llvm::Value* divisor = splat(ir, b, lanes);

  llvm::Function* function = ir.GetInsertBlock()->getParent();
  const auto block = [&](const char* name) {
    return llvm::BasicBlock::Create(ir.getContext(), name, function);
  };
  llvm::BasicBlock *product = block("product"), *division = block("division"),
                   *after = block("quotient");
  ir.CreateCondBr(ir.CreateAnd(ir.CreateAndReduce(is_moderate(ir, a)), moderate), product,
                  division);
  ir.SetInsertPoint(product);
  llvm::Value* multiplied = by_reciprocal(ir, a, divisor, reciprocal);
  ir.CreateBr(after);
  ir.SetInsertPoint(division);
  llvm::Value* divided = ir.CreateFDiv(a, divisor);
  ir.CreateBr(after);
  ir.SetInsertPoint(after);
  llvm::PHINode* quotient = ir.CreatePHI(a->getType(), 2);
  quotient->addIncoming(multiplied, product);
  quotient->addIncoming(divided, division);
  return quotient;
}

} // namespace nnc::cpu
