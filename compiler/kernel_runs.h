// A compiled program whose kernels are called one by one, for measuring each of them.
//
// Kernel by kernel in order does what one call of the program does: the code, buffers and workspace
// are the same, only the function around them is cut into one for each kernel.
#pragma once

#include "compiler/executable.h"

namespace nnc {

class KernelRuns {
public:
  /// `pool` may be null; it must outlive the object.
  static Result<KernelRuns> make(const KernelProgram& program, const CpuOptions& options,
                                 ThreadPool* pool = nullptr);

  /// Runs kernel `k` on the arguments of the program. Nonzero: an index check before it failed.
  int call(std::size_t k, const void* const* arguments) {
    return functions_[k](arguments, workspace_.get(), host());
  }
  /// What is left of a call without its kernel: entering and leaving compiled code.
  int call_nothing(const void* const* arguments) { return call(functions_.size() - 1, arguments); }

private:
  using Function = int (*)(const void* const*, void*, const nnc_host*);
  struct FreeWorkspace {
    void operator()(void* memory) const;
  };
  KernelRuns(LoadedCode code, ThreadPool* pool) : code_(std::move(code)), pool_(pool) {}
  const nnc_host* host() const { return pool_ ? pool_->host() : nullptr; }

  LoadedCode code_;
  ThreadPool* pool_;
  std::vector<Function> functions_; ///< by kernel, then one without any
  std::unique_ptr<void, FreeWorkspace> workspace_;
};

} // namespace nnc
