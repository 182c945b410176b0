#include "compiler/target/cpu/inline_calls.h"

#include "ir/error.h"

#include <llvm/IR/Module.h>
#include <llvm/Transforms/Utils/Cloning.h>

#include <climits>

namespace nnc::cpu {
namespace {

/// Of a callee; with more, what the call costs is little beside what it does.
constexpr unsigned most_instructions = 250;

} // namespace

void inline_call(llvm::CallBase& call) {
  llvm::InlineFunctionInfo info;
  if (!llvm::InlineFunction(call, info).isSuccess())
    throw InternalError("CPU target: code cannot be put in the place of its call");
}

unsigned SmallCalls::size_of(const llvm::Function& callee) {
  const unsigned count = callee.getInstructionCount();
  return callee.isDeclaration() || count > most_instructions ? UINT_MAX : count;
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
