// The body function of a kernel while it is being emitted: builder, addresses of buffers, values.
#pragma once

#include "compiler/target/cpu/expr_emitter.h"
#include "compiler/target/cpu/kernel_emitter.h"

namespace nnc::cpu {

struct KernelBody {
  KernelBody(llvm::Module& module, const std::string& name, const ExprPool& pool,
             std::span<const KernelOperand> operands);

  llvm::Function* function;
  IR ir;
  std::unordered_map<std::uint32_t, llvm::Value*> pointers; ///< of operands and locals
  ExprEmitter emitter;
  std::size_t scratch_position; ///< of the scratch memory in the buffer list

  llvm::Value* list() { return function->getArg(0); }
  llvm::Value* begin() { return function->getArg(1); }
  llvm::Value* end() { return function->getArg(2); }
  llvm::Value* scratch() { return buffer_address(ir, list(), scratch_position); }
  llvm::Value* stack(std::int64_t bytes); ///< 64-byte aligned; call in the entry block
};

/// Runs through first..last-1 in steps of `lanes`; the last step has a mask when it is not whole.
template <class Body>
void lanes_loop(IR& ir, llvm::Value* first, llvm::Value* last, unsigned lanes, bool always_whole,
                Body body) {
  llvm::Value* length = ir.CreateSub(last, first);
  llvm::Value* whole =
      ir.CreateAdd(first, ir.CreateAnd(length, number(ir, -static_cast<std::int64_t>(lanes))));
  emit_if(ir, ir.CreateICmpSLT(first, whole), [&] {
    Loop loop(ir, first, whole, lanes, "lanes");
    body(loop.index(), nullptr);
    loop.close();
  });
  if (always_whole) return;
  emit_if(ir, ir.CreateICmpSLT(whole, last), [&] {
    llvm::Value* left = ir.CreateTrunc(ir.CreateSub(last, whole), ir.getInt32Ty());
    body(whole, ir.CreateICmpULT(lane_numbers(ir, lanes, 32), splat(ir, left, lanes)));
  });
}

} // namespace nnc::cpu
