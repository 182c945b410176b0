// Linking text in LLVM's language into a module of compiled functions.
#pragma once

#include "compiler/target/cpu/cpu_target.h"
#include "compiler/target/cpu/machine.h"

namespace nnc::cpu {

/// Adds the companion's constants and functions to `module`. What is named in `inner`, and the
/// constants, become internal.
void link_companion(llvm::Module& module, const Machine& machine, const Companion& companion,
                    std::span<const std::string> inner);

} // namespace nnc::cpu
