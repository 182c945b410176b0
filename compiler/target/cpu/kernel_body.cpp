#include "compiler/target/cpu/kernel_body.h"

namespace nnc::cpu {

KernelBody::KernelBody(llvm::Module& module, const std::string& name, const ExprPool& pool,
                       std::span<const KernelOperand> operands)
    : function(body_function(module, name)),
      ir(llvm::BasicBlock::Create(module.getContext(), "entry", function)),
      emitter(ir, pool, [this](std::uint32_t id) { return pointers.at(id); }),
      scratch_position(operands.size()) {
  for (std::size_t i = 0; i < operands.size(); ++i)
    pointers[operands[i].buffer] = buffer_address(ir, list(), i);
}

llvm::Value* KernelBody::stack(std::int64_t bytes) {
  llvm::AllocaInst* block = ir.CreateAlloca(ir.getInt8Ty(), number(ir, bytes));
  block->setAlignment(llvm::Align(64));
  return block;
}

} // namespace nnc::cpu
