// Kernel calls as data. Code for a thousand calls takes longer to make than that of the kernels
// they call, so a long run of calls is a table, and one small function goes through it.
#pragma once

#include "compiler/target/cpu/kernel_emitter.h"

#include <vector>

namespace nnc::cpu {

/// An address that a kernel is given: `offset` bytes behind where an argument of the program, the
/// workspace or a constant of the module begins.
struct CallAddress {
  enum class Base : std::uint8_t { argument, workspace, constant };
  Base base = Base::workspace;
  std::size_t argument = 0;
  llvm::GlobalVariable* constant = nullptr;
  std::int64_t offset = 0;
};

/// `callee(list, host)` with these addresses in its list.
struct PlacedCall {
  llvm::Function* callee = nullptr;
  std::vector<CallAddress> addresses;
};

/// Makes the calls in order. `list` has room for the longest list of addresses.
void emit_call_table(IR& ir, std::span<const PlacedCall> calls, llvm::Value* list,
                     llvm::Value* arguments, llvm::Value* workspace, llvm::Value* host);

} // namespace nnc::cpu
