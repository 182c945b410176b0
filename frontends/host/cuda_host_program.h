// A program as CUDA source, compiled by the C++ compiler against runtime/cuda_host, and run on the
// emulated device there: what a GPU would compute, where there is none.
#pragma once

#include "ir/kernel/kernel.h"
#include "runtime/program.h"

#include <memory>

namespace nnc {

class CudaHostProgram {
public:
  /// `origins` (may be null) gives errors of calls their places. E0501 when it needs more than
  /// `max_memory`; E0504 when the source cannot be compiled here; E0122 without a place for
  /// temporary files.
  static Result<CudaHostProgram> make(const KernelProgram& program, std::int64_t max_memory,
                                      const OriginPool* origins = nullptr);

  /// As ProgramRunner::call; E0505 with the text of an error of CUDA.
  Status call(std::span<const ArgumentBytes> arguments);

private:
  struct CloseLibrary {
    void operator()(void* library) const;
  };
  using ReadCode = int (*)(void* to, std::size_t offset, std::size_t bytes);
  explicit CudaHostProgram(Program program) : program_(std::move(program)) {}

  Program program_;
  std::unique_ptr<void, CloseLibrary> library_;
  StepCode code_ = nullptr;
  ReadCode read_ = nullptr; ///< of the workspace
  const char* (*explain_)(int code) = nullptr;
};

} // namespace nnc
