#include "compiler/target/cpu/loop.h"

namespace nnc::cpu {

Loop::Loop(IR& ir, llvm::Value* begin, llvm::Value* end, std::int64_t step, const char* name)
    : ir_(ir), end_(end), step_(step), before_(ir.GetInsertBlock()),
      body_(llvm::BasicBlock::Create(ir.getContext(), name, before_->getParent())) {
  ir_.CreateBr(body_);
  ir_.SetInsertPoint(body_);
  index_ = ir_.CreatePHI(ir_.getInt64Ty(), 2);
  index_->addIncoming(begin, before_);
}

llvm::PHINode* Loop::carry(llvm::Value* start) {
  llvm::PHINode* phi = ir_.CreatePHI(start->getType(), 2);
  phi->addIncoming(start, before_);
  return phi;
}

void Loop::close() {
  llvm::Value* next = ir_.CreateAdd(index_, number(ir_, step_), "", true, true);
  llvm::BasicBlock* latch = ir_.GetInsertBlock();
  auto* after = llvm::BasicBlock::Create(ir_.getContext(), "after", latch->getParent());
  ir_.CreateCondBr(ir_.CreateICmpSLT(next, end_), body_, after);
  index_->addIncoming(next, latch);
  for (const auto& [phi, value] : updates_) phi->addIncoming(value, latch);
  ir_.SetInsertPoint(after);
}

} // namespace nnc::cpu
