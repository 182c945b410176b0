// The machine that code is made for, and the passes and code generation of one module.
#pragma once

#include "compiler/target/cpu/kernel_emitter.h"

#include <llvm/Target/TargetMachine.h>

#include <memory>

namespace nnc::cpu {

class Machine {
public:
  /// "host" or an LLVM CPU name. Error E0502 when LLVM does not know the name, or the CPU lacks
  /// AVX2, FMA or F16C.
  static Result<Machine> make(const std::string& cpu);

  MachineShape shape() const { return {.wide_vectors = wide_}; }
  bool has_feature(const std::string& name) const;
  /// Sets triple and data layout; before emission.
  void prepare(llvm::Module& module) const;
  /// Gives every function its CPU attributes, if it has none, and runs the few passes worth their
  /// time.
  void optimize(llvm::Module& module, bool flush_denormals) const;
  std::vector<char> object(llvm::Module& module) const;
  std::string assembly(llvm::Module& module) const;

private:
  std::unique_ptr<llvm::TargetMachine> target_;
  std::string cpu_, features_;
  bool wide_ = false;
};

} // namespace nnc::cpu
