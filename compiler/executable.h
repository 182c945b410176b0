// A compiled program in this process: made once, called often.
#pragma once

#include "compiler/load_program.h"

namespace nnc {

class Executable {
public:
  /// Compiles and loads. `pool` (may be null) must outlive the executable; large kernels run on it.
  /// `origins` (may be null) gives errors of calls their places. Errors of load_program.
  static Result<Executable> make(KernelProgram program, const CpuOptions& options,
                                 ThreadPool* pool = nullptr, const OriginPool* origins = nullptr);

  /// One call: inputs, parameters and state in signature order, then outputs. Errors of
  /// ProgramRunner::call. Not for two threads at once.
  Status call(std::span<const ArgumentBytes> arguments) { return loaded_.runner.call(arguments); }
  /// The same without looking at the arguments; the code of the compiled function.
  int call_unchecked(const void* const* arguments) {
    return loaded_.runner.call_unchecked(arguments);
  }

  const KernelProgram& program() const { return program_; }
  std::int64_t workspace_bytes() const { return loaded_.runner.program().workspace_bytes; }

private:
  Executable(KernelProgram program, LoadedProgram loaded)
      : program_(std::move(program)), loaded_(std::move(loaded)) {}

  KernelProgram program_;
  LoadedProgram loaded_;
};

} // namespace nnc
