// The kernels of a module, each once: those that differ only in what they read and write, and where
// in it, are one function of the source (ir/kernel/kernel_key.h).
#pragma once

#include "compiler/aot/module.h"
#include "compiler/aot/names.h"
#include "compiler/target/source/library.h"
#include "ir/graph.h"
#include "ir/kernel/kernel_key.h"

namespace nnc::source {

/// A kernel function, made of the first of its kernels.
struct SharedKernel {
  std::string name;
  const Kernel* kernel = nullptr;
  const KernelProgram* program = nullptr;
  std::vector<KernelOperand> operands;
  std::vector<std::string> others; ///< the names of its other kernels
};

/// The function as text.
struct PrintedKernel {
  std::string text;
  std::int64_t scratch_bytes = 0; ///< of the memory that it takes as its last parameter, if any
};

/// What a kernel of a program is: `operands` in the order of the function's.
struct KernelCall {
  std::size_t function = 0;
  std::vector<KernelOperand> operands;
};

struct SharedKernels {
  std::vector<SharedKernel> functions;
  std::vector<std::vector<KernelCall>> calls; ///< by function of the module, by kernel
};

/// Names are of the model where it allows them, and none of `taken`.
SharedKernels share_kernels(const aot::Module& module, const aot::Names& taken);

/// What a kernel computes, in a comment: form and work, then each value with the place in the model
/// that it comes from, without the name of the model's `file`. `context` may be null.
std::string kernel_comment(const SharedKernel& function, const Context* context,
                           std::string_view file);

} // namespace nnc::source
