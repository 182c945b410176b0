// A program as the source that is emitted, compiled and run on this machine: C99, or CUDA by the
// C++ compiler against runtime/cuda_host, on the emulated device there, which does what a GPU
// would.
#pragma once

#include "ir/kernel/kernel.h"
#include "runtime/program.h"

#include <memory>

namespace nnc {

class EmittedProgram {
public:
  /// `backend` is "c" or "cuda-host". `origins` (may be null) gives errors of calls their places.
  /// E0501 when it needs more than `max_memory`; E0504 when the source cannot be compiled here;
  /// E0122 without a place for temporary files.
  static Result<EmittedProgram> make(const std::string& backend, const KernelProgram& program,
                                     std::int64_t max_memory, const OriginPool* origins = nullptr);

  /// As ProgramRunner::call; E0505 with the text of an error of CUDA.
  Status call(std::span<const ArgumentBytes> arguments);

private:
  struct CloseLibrary {
    void operator()(void* library) const;
  };
  using ReadCode = int (*)(void* to, std::size_t offset, std::size_t bytes);
  explicit EmittedProgram(Program program) : program_(std::move(program)) {}

  Program program_;
  std::unique_ptr<void, CloseLibrary> library_;
  StepCode code_ = nullptr;
  ReadCode read_ = nullptr; ///< of the device's workspace; null for C
  const char* (*explain_)(int code) = nullptr;
  std::vector<std::byte> workspace_; ///< of C; a device has its own
};

} // namespace nnc
