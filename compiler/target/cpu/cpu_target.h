// The CPU target: kernels in, machine code out, through LLVM.
//
// Each program becomes one C function
//     int NAME(const void* const* args, void* workspace, const nnc_host* host);
// `args` are the inputs, parameters and state in signature order, then the outputs. Tensors of the
// caller need no alignment beyond their element's; `workspace` is 64-byte aligned and its content
// does not matter. `host` may be null; with it, large kernels are cut into pieces that the host may
// run on several threads (runtime/nnc_host.h). The result is 0, or 1 + the position of the
// index check (KernelProgram::checks) that failed, and then nothing was updated.
//
// The code calls nothing outside itself and keeps no state. Sums are split by shape alone, so the
// same program gives the same bits on any number of threads, by JIT and from an object file.
#pragma once

#include "compiler/plan.h"

#include <functional>

namespace nnc {

struct CompiledFunction {
  std::string symbol;
  std::int64_t workspace_bytes = 0; ///< arena and scratch, a multiple of 64
};

/// What becomes part of the object besides the functions: text in LLVM's language, whose functions
/// say themselves what CPU they are for, and constants that the text may refer to. The functions
/// are then visible to the text alone.
struct Companion {
  std::string llvm_text;
  std::vector<std::pair<std::string, std::span<const std::byte>>> constants; ///< 64-byte aligned
};

struct CpuOptions {
  std::string cpu = "host"; ///< "host", or a name such as "x86-64-v3"
  int compile_threads = 1;  ///< more than one may give several objects
  bool llvm_text = false;
  bool assembly_text = false;
  /// What a call may take: buffers, arena and the scratch of kernels.
  std::int64_t max_memory = max_bytes;
  /// Called once the functions are known; compilation is on one thread then.
  std::function<Companion(std::span<const CompiledFunction>)> companion = {};
};

struct ObjectCode {
  std::vector<std::vector<char>> objects; ///< relocatable ELF, to be loaded or linked together
  std::vector<CompiledFunction> functions;
  std::string llvm_text, assembly_text; ///< when asked for
};

/// One function to compile: a program after `plan`, and the symbol that it is exported as.
struct CpuFunction {
  const KernelProgram* program = nullptr;
  std::string symbol;
};

/// Error E0502 for a CPU that LLVM does not know or that lacks AVX2, FMA or F16C, E0501 when a
/// function needs more than `max_memory`.
Result<ObjectCode> compile_object(std::span<const CpuFunction> functions,
                                  const CpuOptions& options);

/// The scratch memory of that kernel of a program whose code for `cpu` needs most; what
/// `compile_object` will find.
ScratchOf scratch_on(const std::string& cpu);

/// Which of the features `asked` (LLVM's names) code for `cpu` may use. E0502 as above.
Result<std::vector<std::string>> cpu_features(const std::string& cpu,
                                              std::span<const std::string> asked);

/// LLVM calls `handler` where it cannot go on; the process ends when that returns.
void on_fatal_error(void (*handler)(const char* reason));

} // namespace nnc
