// The functions that a C program calls, as LLVM text: they check arguments and the CPU, then call
// the compiled function. The text is linked into the object by the CPU target and runs on any
// x86-64.
#pragma once

#include "compiler/aot/module.h"

namespace nnc::aot {

/// The symbol of the compiled function behind `function`.
std::string core_symbol(const Function& function);
/// The symbol of the embedded weights.
inline constexpr const char* weights_symbol = "nnc_embedded_weights";

struct Wrapper {
  std::string llvm_text;
  std::vector<std::int64_t> workspace_bytes; ///< by function: what callers must bring
};
/// `arena_bytes`: what each compiled function needs, aligned to 64. `features`: what the code uses
/// of the CPU, by LLVM's names.
Wrapper wrapper(const Module& module, std::span<const std::int64_t> arena_bytes,
                std::span<const std::string> features);

} // namespace nnc::aot
