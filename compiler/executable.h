// A compiled program in this process: made once, called often.
#pragma once

#include "compiler/target/cpu/cpu_target.h"
#include "runtime/jit/jit.h"
#include "runtime/thread_pool.h"

namespace nnc {

/// Row-major bytes of one argument. Parameters, state and outputs are written.
struct ArgumentBytes {
  const void* data = nullptr;
  std::int64_t bytes = 0;
};

class Executable {
public:
  /// Compiles and loads. `pool` (may be null) must outlive the executable; large kernels run on it.
  static Result<Executable> make(KernelProgram program, const CpuOptions& options,
                                 ThreadPool* pool = nullptr);

  /// One call: inputs, parameters and state in signature order, then outputs. Error E0620 for a
  /// wrong number or size of arguments, E0621 for an index out of range (nothing was updated then),
  /// E0623 for an output that overlaps another argument. Not for two threads at once.
  Status call(std::span<const ArgumentBytes> arguments);
  /// The same without looking at the arguments; the code of the compiled function.
  int call_unchecked(const void* const* arguments) {
    return function_(arguments, workspace_.get(), host());
  }

  const KernelProgram& program() const { return program_; }
  std::int64_t workspace_bytes() const { return workspace_bytes_; }

private:
  using Function = int (*)(const void* const*, void*, const nnc_host*);
  struct FreeWorkspace {
    void operator()(void* memory) const;
  };
  Executable(KernelProgram program, LoadedCode code, ThreadPool* pool);
  const nnc_host* host() const { return pool_ ? pool_->host() : nullptr; }
  Status check(std::span<const ArgumentBytes> arguments) const;

  KernelProgram program_;
  LoadedCode code_;
  ThreadPool* pool_;
  Function function_ = nullptr;
  std::unique_ptr<void, FreeWorkspace> workspace_;
  std::int64_t workspace_bytes_ = 0;
  std::vector<std::uint32_t> ports_; ///< buffers in argument order
};

} // namespace nnc
