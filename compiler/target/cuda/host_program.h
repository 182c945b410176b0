// A program as CUDA source, compiled by the C++ compiler against runtime/cuda_host, and run on the
// emulated device there: what a GPU would compute, where there is none.
#pragma once

#include "ir/kernel/kernel.h"
#include "runtime/program.h"

#include <memory>

namespace nnc {

class CudaHostProgram {
public:
  /// E0501 when it needs more than `max_memory`; E0504 when the source cannot be compiled here, or
  /// this build's emulation is not where it was.
  static Result<CudaHostProgram> make(const KernelProgram& program, std::int64_t max_memory);

  /// As ProgramRunner::call; E0505 with the text of an error of CUDA.
  Status call(std::span<const ArgumentBytes> arguments);

private:
  struct CloseLibrary {
    void operator()(void* library) const;
  };
  explicit CudaHostProgram(Program program) : program_(std::move(program)) {}

  Program program_;
  std::unique_ptr<void, CloseLibrary> library_;
  StepCode code_ = nullptr;
  const char* (*explain_)(int code) = nullptr;
};

} // namespace nnc
