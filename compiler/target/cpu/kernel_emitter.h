// A kernel as a function  void kernel(ptr buffers, ptr host)  where `buffers` points to the
// addresses of the kernel's operands (kernel_key.h), followed by that of its scratch memory. Large
// kernels are cut into pieces along their first axis.
#pragma once

#include "compiler/target/cpu/llvm_types.h"
#include "ir/kernel/kernel_key.h"

#include <llvm/IR/Module.h>

namespace nnc::cpu {

/// What the emitter must know of the machine; sums do not depend on it.
struct MachineShape {
  bool wide_vectors = true; ///< 32 registers of 512 bits, else 16 of 256
};

struct EmittedKernel {
  llvm::Function* function = nullptr;
  std::int64_t scratch_bytes = 0;
};

EmittedKernel emit_kernel(llvm::Module& module, const Kernel& kernel,
                          std::span<const Buffer> buffers, std::span<const KernelOperand> operands,
                          const std::string& name, const MachineShape& machine,
                          bool flush_denormals);

/// The same number of bytes, without the code.
std::int64_t scratch_bytes(const Kernel& kernel, std::span<const Buffer> buffers,
                           std::span<const KernelOperand> operands, const MachineShape& machine);

/// Below this many operations a kernel runs on the calling thread.
inline constexpr double parallel_threshold = 50'000;

/// How an axis of `extent` is cut for `work` operations: pieces of `grain` (a multiple of `unit`).
struct Pieces {
  std::int64_t grain = 0, count = 1;
};
Pieces cut(std::int64_t extent, std::int64_t unit, double work);

/// Calls `body(buffers, begin, end)` for all pieces of 0..extent: through the host if there is one
/// and more than one piece, else at once.
void call_in_pieces(IR& ir, llvm::Function* body, llvm::Value* buffers, llvm::Value* host,
                    std::int64_t extent, const Pieces& pieces, bool flush_denormals);

/// The floating-point control word: saved and restored for the caller, set for compiled code to
/// round to nearest with denormals as zero or kept.
llvm::Value* save_control_word(IR& ir);
void set_control_word(IR& ir, llvm::Value* slot, bool flush_denormals);
void restore_control_word(IR& ir, llvm::Value* slot);

/// void body(ptr buffers, i64 begin, i64 end), internal to the module.
llvm::Function* body_function(llvm::Module& module, const std::string& name);
/// The address of entry `position` of a kernel's buffer list.
llvm::Value* buffer_address(IR& ir, llvm::Value* list, std::size_t position);

} // namespace nnc::cpu
