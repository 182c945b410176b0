#include "compiler/target/cpu/inline_calls.h"

#include "ir/error.h"

#include <llvm/IR/Module.h>
#include <llvm/Transforms/Utils/Cloning.h>

namespace nnc::cpu {
namespace {

/// Of a callee, and of all callees: with more, what calls cost is little beside what they do.
constexpr unsigned most_instructions = 250, most_instructions_together = 2500;

} // namespace

void inline_call(llvm::CallBase& call) {
  llvm::InlineFunctionInfo info;
  if (!llvm::InlineFunction(call, info).isSuccess())
    throw InternalError("CPU target: code cannot be put in the place of its call");
}

bool SmallCalls::fit(std::span<llvm::Function* const> callees) const {
  unsigned together = instructions_;
  for (const llvm::Function* callee : callees) {
    const unsigned count = callee->getInstructionCount();
    if (callee->isDeclaration() || count > most_instructions) return false;
    together += count;
  }
  return together <= most_instructions_together;
}

void SmallCalls::add(llvm::CallBase& call) {
  instructions_ += call.getCalledFunction()->getInstructionCount();
  calls_.push_back(&call);
}

void SmallCalls::inline_all() {
  for (llvm::CallBase* call : calls_) inline_call(*call);
  calls_.clear();
}

void erase_unused_functions(llvm::Module& module) {
  for (bool again = true; again;) {
    again = false;
    for (llvm::Function& function : llvm::make_early_inc_range(module)) {
      if (!function.hasLocalLinkage() || !function.use_empty()) continue;
      function.eraseFromParent();
      again = true;
    }
  }
}

} // namespace nnc::cpu
