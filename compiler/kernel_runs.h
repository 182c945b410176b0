// A compiled program whose kernels are called one by one, for measuring each of them.
//
// Unit by unit in order does what one call of the program does: the code, buffers and workspace
// are the same, only the function around them is cut into one for each unit: a kernel, or an
// outermost loop or branch with all that is in it (ir/kernel/regions.h).
#pragma once

#include "compiler/load_program.h"

namespace nnc {

class KernelRuns {
public:
  /// `pool` may be null; it must outlive the object. Errors of load_program.
  static Result<KernelRuns> make(const KernelProgram& program, const CpuOptions& options,
                                 ThreadPool* pool = nullptr);

  /// Runs unit `k` on the arguments of the program. Nonzero: an index check failed.
  int call(std::size_t k, const void* const* arguments) {
    return loaded_.runner.run_step(k, arguments);
  }
  /// What is left of a call without its kernel: entering and leaving compiled code.
  int call_nothing(const void* const* arguments) {
    return call(loaded_.runner.program().steps.size() - 1, arguments);
  }

private:
  explicit KernelRuns(LoadedProgram loaded) : loaded_(std::move(loaded)) {}

  LoadedProgram loaded_; ///< a step by unit, then one without any
};

} // namespace nnc
