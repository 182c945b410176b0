// Functions printed as source, compiled as one file by the compiler of that language, and called on
// literals.
#pragma once

#include "compiler/target/c/primitives.h"
#include "compiler/target/cuda/primitives.h"
#include "ir/graph.h"
#include "ir/kernel/kernel.h"
#include "runtime/cuda_host/emulation/interface.h"

#include <memory>
#include <string>

namespace nnc {

/// What to print, by its language: C99, in which undefined behaviour ends the process, or CUDA C++
/// on the emulated device, which reports races, divergence and stray accesses.
using source::Language;
inline const Language* const languages[] = {&c::language(), &cuda::language()};

class SourceModule {
public:
  static Result<SourceModule> make(const Language& language, std::vector<KernelProgram> programs);
  /// As C, by a compiler with its options: {"gcc", "-O2"}.
  static Result<SourceModule> make_c(const std::vector<std::string>& compiler,
                                     std::vector<KernelProgram> programs);

  /// The values of the outputs of program `index`, then of the leaves that it updates. Each
  /// argument is a block of memory by itself. A report of the emulated device is an error.
  Result<std::vector<Literal>> call(std::size_t index, std::span<const Literal> inputs) const;
  const std::string& source() const { return source_; }
  /// What kernels of the emulated device did in the last call.
  cuda_host::Counters counters(const char* kernel) const;

private:
  struct CloseLibrary {
    void operator()(void* library) const;
  };
  SourceModule(const Language& language, std::vector<KernelProgram> programs)
      : language_(&language), programs_(std::move(programs)) {}
  static Result<SourceModule> make(const Language& language,
                                   const std::vector<std::string>& c_compiler,
                                   std::vector<KernelProgram> programs);
  template <class Memory>
  Result<std::vector<Literal>> call_with(std::size_t index, std::span<const Literal> inputs) const;

  const Language* language_;
  std::vector<KernelProgram> programs_;
  std::string source_;
  std::vector<std::string> symbols_;
  std::unique_ptr<void, CloseLibrary> library_;
};

} // namespace nnc
