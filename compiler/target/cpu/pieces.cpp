// Cutting kernels into pieces, and the floating-point control word that each piece needs.
#include "compiler/target/cpu/kernel_emitter.h"
#include "compiler/target/cpu/loop.h"

#include <llvm/IR/Intrinsics.h>
#include <llvm/IR/IntrinsicsX86.h>

#include <algorithm>

namespace nnc::cpu {
namespace {

constexpr std::int64_t max_pieces = 64;
constexpr double work_of_piece = 25'000;
constexpr std::uint32_t round_to_nearest = 0x1f80, denormals_are_zero = 0x8040;

llvm::Function* piece_function(IR& ir, llvm::Function* body, std::int64_t extent,
                               std::int64_t grain, bool flush_denormals) {
  llvm::Module& module = *ir.GetInsertBlock()->getModule();
  llvm::Type* pointer = ir.getPtrTy();
  auto* type = llvm::FunctionType::get(ir.getVoidTy(), {pointer, ir.getInt64Ty()}, false);
  auto* piece = llvm::Function::Create(type, llvm::GlobalValue::InternalLinkage,
                                       body->getName() + ".piece", module);
  IR inside(llvm::BasicBlock::Create(module.getContext(), "entry", piece));
  llvm::Value* saved = save_control_word(inside);
  set_control_word(inside, saved, flush_denormals);
  const auto number = [&](std::int64_t value) {
    return inside.getInt64(static_cast<std::uint64_t>(value));
  };
  llvm::Value* begin = inside.CreateMul(piece->getArg(1), number(grain));
  llvm::Value* end = inside.CreateBinaryIntrinsic(
      llvm::Intrinsic::smin, inside.CreateAdd(begin, number(grain)), number(extent));
  inside.CreateCall(body, {piece->getArg(0), begin, end});
  restore_control_word(inside, saved);
  inside.CreateRetVoid();
  return piece;
}

} // namespace

// One slot of two words: the caller's control word and the one in force.
llvm::Value* save_control_word(IR& ir) {
  llvm::Value* slot = ir.CreateAlloca(ir.getInt32Ty(), ir.getInt32(2));
  ir.CreateIntrinsic(llvm::Intrinsic::x86_sse_stmxcsr, {}, {slot});
  return slot;
}

void set_control_word(IR& ir, llvm::Value* slot, bool flush_denormals) {
  llvm::Value* ours = ir.CreateConstGEP1_32(ir.getInt32Ty(), slot, 1);
  ir.CreateStore(ir.getInt32(round_to_nearest | (flush_denormals ? denormals_are_zero : 0)), ours);
  ir.CreateIntrinsic(llvm::Intrinsic::x86_sse_ldmxcsr, {}, {ours});
}

void restore_control_word(IR& ir, llvm::Value* slot) {
  ir.CreateIntrinsic(llvm::Intrinsic::x86_sse_ldmxcsr, {}, {slot});
}

llvm::Function* body_function(llvm::Module& module, const std::string& name) {
  llvm::LLVMContext& context = module.getContext();
  llvm::Type* pointer = llvm::PointerType::getUnqual(context);
  llvm::Type* number = llvm::Type::getInt64Ty(context);
  auto* type =
      llvm::FunctionType::get(llvm::Type::getVoidTy(context), {pointer, number, number}, false);
  auto* function = llvm::Function::Create(type, llvm::GlobalValue::InternalLinkage, name, module);
  function->addFnAttr(llvm::Attribute::NoInline);
  return function;
}

llvm::Value* buffer_address(IR& ir, llvm::Value* list, std::size_t position) {
  llvm::Value* slot =
      ir.CreateConstInBoundsGEP1_64(ir.getPtrTy(), list, static_cast<std::uint64_t>(position));
  return ir.CreateLoad(ir.getPtrTy(), slot);
}

Pieces cut(std::int64_t extent, std::int64_t unit, double work) {
  if (work < parallel_threshold || extent <= unit) return {extent, 1};
  const auto wanted = static_cast<std::int64_t>(
      std::min<double>(work / work_of_piece, static_cast<double>(max_pieces)));
  std::int64_t grain = (extent + wanted - 1) / wanted;
  grain = (grain + unit - 1) / unit * unit;
  return {grain, (extent + grain - 1) / grain};
}

void call_in_pieces(IR& ir, llvm::Function* body, llvm::Value* buffers, llvm::Value* host,
                    std::int64_t extent, const Pieces& pieces, bool flush_denormals) {
  llvm::Value* all = number(ir, extent);
  if (pieces.count <= 1) {
    ir.CreateCall(body, {buffers, ir.getInt64(0), all});
    return;
  }
  llvm::Function* function = ir.GetInsertBlock()->getParent();
  const auto block = [&](const char* name) {
    return llvm::BasicBlock::Create(ir.getContext(), name, function);
  };
  llvm::BasicBlock *alone = block("alone"), *shared = block("shared"), *done = block("done");
  ir.CreateCondBr(ir.CreateIsNull(host), alone, shared);
  ir.SetInsertPoint(alone);
  ir.CreateCall(body, {buffers, ir.getInt64(0), all});
  ir.CreateBr(done);
  ir.SetInsertPoint(shared);
  llvm::Type* pointer = ir.getPtrTy();
  llvm::Value* context = buffer_address(ir, host, 0);
  llvm::Value* parallel_for = buffer_address(ir, host, 1);
  auto* type =
      llvm::FunctionType::get(ir.getVoidTy(), {pointer, pointer, pointer, ir.getInt64Ty()}, false);
  llvm::Function* piece = piece_function(ir, body, extent, pieces.grain, flush_denormals);
  ir.CreateCall(type, parallel_for, {context, piece, buffers, number(ir, pieces.count)});
  ir.CreateBr(done);
  ir.SetInsertPoint(done);
}

} // namespace nnc::cpu
