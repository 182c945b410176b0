// Counted loops. The body is emitted between construction and `close`; trip counts are at least 1
// (callers leave out what never runs).
#pragma once

#include "compiler/target/cpu/llvm_types.h"

namespace nnc::cpu {

class Loop {
public:
  /// index runs from `begin` in steps of `step` while it is below `end` (all i64).
  Loop(IR& ir, llvm::Value* begin, llvm::Value* end, std::int64_t step, const char* name);

  llvm::Value* index() const { return index_; }
  /// A value carried from one iteration to the next; call before anything else is emitted.
  llvm::PHINode* carry(llvm::Value* start);
  /// What the carried value is in the next iteration.
  void update(llvm::PHINode* carried, llvm::Value* next) { updates_.emplace_back(carried, next); }
  /// Ends the loop; code goes on behind it, where the last `next` values are visible.
  void close();

private:
  IR& ir_;
  llvm::Value* end_;
  std::int64_t step_;
  llvm::BasicBlock *before_, *body_;
  llvm::PHINode* index_;
  std::vector<std::pair<llvm::PHINode*, llvm::Value*>> updates_;
};

/// if (condition) { body }
template <class Body>
void emit_if(IR& ir, llvm::Value* condition, Body body) {
  llvm::Function* function = ir.GetInsertBlock()->getParent();
  auto* then = llvm::BasicBlock::Create(ir.getContext(), "then", function);
  auto* after = llvm::BasicBlock::Create(ir.getContext(), "after", function);
  ir.CreateCondBr(condition, then, after);
  ir.SetInsertPoint(then);
  body();
  ir.CreateBr(after);
  ir.SetInsertPoint(after);
}

} // namespace nnc::cpu
