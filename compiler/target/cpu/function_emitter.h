// The function of a whole program: calls its kernels in order and checks indices between them.
#pragma once

#include "compiler/target/cpu/cpu_target.h"
#include "compiler/target/cpu/kernel_emitter.h"

namespace nnc::cpu {

/// Where the code of a kernel is found: its function's name in this or another module.
struct KernelCode {
  std::string symbol;
  std::int64_t scratch_bytes = 0;
};

/// A kernel's code and what it is called with.
struct KernelCall {
  const KernelCode* code = nullptr;
  std::vector<KernelOperand> operands;
};

/// `calls[k]` is kernel k of the program. Gives the workspace that a call needs.
CompiledFunction emit_function(llvm::Module& module, const KernelProgram& program,
                               std::span<const KernelCall> calls, const std::string& symbol);

} // namespace nnc::cpu
