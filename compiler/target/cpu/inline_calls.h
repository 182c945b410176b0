// Code in the place of calls to it.
//
// Kernels are functions, and so are the bodies of loops. In a small program they do less than the
// calls cost, and what one kernel leaves for the next goes through memory. There all of it becomes
// one piece of code, in which such values stay in registers.
#pragma once

#include <llvm/IR/Function.h>
#include <llvm/IR/InstrTypes.h>

#include <vector>

namespace nnc::cpu {

/// The code of the called function takes the place of the call. The function itself stays.
void inline_call(llvm::CallBase& call);

/// Calls of one program, as long as all of them together are small.
class SmallCalls {
public:
  /// Do calls of callee(first) to callee(last - 1) still fit? Not where their code is not in this
  /// module. No more of them are asked for than it takes to know.
  template <class Callee>
  bool fit(std::size_t first, std::size_t last, Callee callee) const {
    unsigned room = instructions_ < most_together ? most_together - instructions_ : 0;
    for (std::size_t i = first; i < last; ++i) {
      const unsigned size = size_of(*callee(i));
      if (size > room) return false;
      room -= size;
    }
    return true;
  }
  bool fit(llvm::Function* callee) const {
    return fit(0, 1, [&](std::size_t) { return callee; });
  }
  /// To be inlined by `inline_all`. A call of a function comes after the calls in that function.
  void add(llvm::CallBase& call);
  /// The functions with these calls have to be complete.
  void inline_all();

private:
  static constexpr unsigned most_together = 2500; ///< instructions
  static unsigned size_of(const llvm::Function& callee);

  std::vector<llvm::CallBase*> calls_;
  unsigned instructions_ = 0; ///< of all that was added
};

/// Erases what no code of the module calls any more.
void erase_unused_functions(llvm::Module& module);

} // namespace nnc::cpu
