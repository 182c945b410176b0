#include "compiler/target/cpu/float_remainder.h"

#include <llvm/IR/Intrinsics.h>
#include <llvm/IR/Module.h>

namespace nnc::cpu {
namespace {

constexpr std::uint64_t exponent_bits = 0x7ff0000000000000, mantissa_bits = 0x000fffffffffffff;

llvm::Value* magnitude(IR& ir, llvm::Value* value) {
  return ir.CreateUnaryIntrinsic(llvm::Intrinsic::fabs, value);
}

/// rest mod divisor for 0 <= rest, 0 < divisor: while rest >= divisor, the largest
/// divisor * 2^k <= rest is taken away, which is exact.
llvm::Value* subtract_multiples(IR& ir, llvm::Value* rest, llvm::Value* divisor) {
  llvm::Function* function = ir.GetInsertBlock()->getParent();
  llvm::BasicBlock* before = ir.GetInsertBlock();
  auto* head = llvm::BasicBlock::Create(ir.getContext(), "head", function);
  auto* body = llvm::BasicBlock::Create(ir.getContext(), "subtract", function);
  auto* done = llvm::BasicBlock::Create(ir.getContext(), "done", function);
  ir.CreateBr(head);
  ir.SetInsertPoint(head);
  llvm::PHINode* current = ir.CreatePHI(ir.getDoubleTy(), 2);
  current->addIncoming(rest, before);
  ir.CreateCondBr(ir.CreateFCmpOGE(current, divisor), body, done);
  ir.SetInsertPoint(body);
  llvm::Value* exponent =
      ir.CreateAnd(ir.CreateBitCast(current, ir.getInt64Ty()), ir.getInt64(exponent_bits));
  llvm::Value* mantissa =
      ir.CreateAnd(ir.CreateBitCast(divisor, ir.getInt64Ty()), ir.getInt64(mantissa_bits));
  llvm::Value* scaled = ir.CreateBitCast(ir.CreateOr(exponent, mantissa), ir.getDoubleTy());
  llvm::Value* half = ir.CreateFMul(scaled, llvm::ConstantFP::get(ir.getDoubleTy(), 0.5));
  llvm::Value* part = ir.CreateSelect(ir.CreateFCmpOGT(scaled, current), half, scaled);
  current->addIncoming(ir.CreateFSub(current, part), body);
  ir.CreateBr(head);
  ir.SetInsertPoint(done);
  return current;
}

llvm::Function* remainder_function(llvm::Module& module) {
  constexpr const char* name = "nnc_remainder";
  if (llvm::Function* known = module.getFunction(name)) return known;
  llvm::Type* f64 = llvm::Type::getDoubleTy(module.getContext());
  auto* function = llvm::Function::Create(llvm::FunctionType::get(f64, {f64, f64}, false),
                                          llvm::GlobalValue::InternalLinkage, name, module);
  function->addFnAttr(llvm::Attribute::NoInline);
  IR ir(llvm::BasicBlock::Create(module.getContext(), "entry", function));
  llvm::Value *a = function->getArg(0), *b = function->getArg(1);
  const auto real = [&](double value) { return llvm::ConstantFP::get(f64, value); };
  llvm::Value* finite = ir.CreateFCmpOLT(magnitude(ir, a), llvm::ConstantFP::getInfinity(f64));
  llvm::Value* valid = ir.CreateAnd(finite, ir.CreateFCmpONE(b, real(0)));
  llvm::Value* rest = ir.CreateSelect(valid, magnitude(ir, a), real(0));
  llvm::Value* divisor = ir.CreateSelect(valid, magnitude(ir, b), real(1));
  // A divisor near the denormals is scaled up, and the rest that it leaves along with it.
  llvm::Value* tiny = ir.CreateFCmpOLT(divisor, real(0x1p-900));
  llvm::Value* scale = ir.CreateSelect(tiny, real(0x1p100), real(1));
  llvm::Value* large = ir.CreateFMul(divisor, scale);
  rest = subtract_multiples(ir, rest, large);
  rest = subtract_multiples(ir, ir.CreateFMul(rest, scale), large);
  rest = ir.CreateFMul(rest, ir.CreateSelect(tiny, real(0x1p-100), real(1)));
  rest = ir.CreateBinaryIntrinsic(llvm::Intrinsic::copysign, rest, a);
  ir.CreateRet(ir.CreateSelect(valid, rest, llvm::ConstantFP::getNaN(f64)));
  return function;
}

llvm::Value* scalar_remainder(IR& ir, llvm::Function* function, llvm::Value* a, llvm::Value* b) {
  llvm::Value* result = ir.CreateCall(
      function, {ir.CreateFPCast(a, ir.getDoubleTy()), ir.CreateFPCast(b, ir.getDoubleTy())});
  return ir.CreateFPCast(result, a->getType());
}

} // namespace

llvm::Value* float_remainder(IR& ir, llvm::Value* a, llvm::Value* b) {
  llvm::Function* function = remainder_function(*ir.GetInsertBlock()->getModule());
  const unsigned lanes = lane_count(a);
  if (lanes == 1) return scalar_remainder(ir, function, a, b);
  llvm::Value* result = llvm::PoisonValue::get(a->getType());
  for (unsigned i = 0; i < lanes; ++i)
    result = ir.CreateInsertElement(result,
                                    scalar_remainder(ir, function, ir.CreateExtractElement(a, i),
                                                     ir.CreateExtractElement(b, i)),
                                    i);
  return result;
}

} // namespace nnc::cpu
