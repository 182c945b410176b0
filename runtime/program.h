// A compiled program as the runtime sees it: what a caller gives and gets, the code to call, and
// the memory that the code works in. It knows no graph and no target; whoever made the code (the
// JIT) keeps it loaded.
#pragma once

#include "runtime/index_limit.h"
#include "runtime/thread_pool.h"

#include <memory>

namespace nnc {

/// A tensor of the caller, in the order of the signature.
struct ProgramArgument {
  std::string name;
  Type type;
  bool written = false; ///< an output, or a param or state that is updated in place
};

/// A piece of code that runs from the first to the last kernel it was made of. `arguments` are
/// those of the program. The result is 0, or 1 + the position in `limits` of the check that failed.
using StepCode = int (*)(const void* const* arguments, void* workspace, const nnc_host* host);
struct ProgramStep {
  StepCode code = nullptr;
  std::vector<IndexLimit> limits = {};
};

/// Plain data. Buffers that no caller sees lie in the workspace, at offsets that the code knows.
struct Program {
  std::string name;
  std::vector<ProgramArgument> arguments; ///< inputs, params and state, then outputs
  std::vector<ProgramStep> steps;         ///< in order
  std::int64_t workspace_bytes = 0;
};

/// Row-major bytes of one argument. Params, state and outputs are written.
struct ArgumentBytes {
  const void* data = nullptr;
  std::int64_t bytes = 0;
  bool operator==(const ArgumentBytes&) const = default;
};

/// E0620 for a wrong number or size of arguments or no data, E0623 for an argument that is written
/// and overlaps another one. What is only read may be the same memory.
Status check_arguments(const Program& program, std::span<const ArgumentBytes> arguments);

/// A program with a workspace of its own: made once, called often, not by two threads at once.
class ProgramRunner {
public:
  /// `pool` (may be null) must outlive the runner; large kernels run on it. E0602 when there is no
  /// memory for the workspace.
  static Result<ProgramRunner> make(Program program, ThreadPool* pool);

  /// All steps, after check_arguments, which those of the last good call have passed already; E0621
  /// for an index out of range. Each step checks its indices before it writes a param or state; a
  /// step that ran before has written its own.
  Status call(std::span<const ArgumentBytes> arguments);
  /// The same without looking at the arguments: the first result that is not 0.
  int call_unchecked(const void* const* arguments);
  /// One step alone.
  int run_step(std::size_t step, const void* const* arguments) {
    return program_.steps[step].code(arguments, workspace_.get(), host());
  }

  const Program& program() const { return program_; }

private:
  struct FreeWorkspace {
    void operator()(void* memory) const;
  };
  ProgramRunner(Program program, ThreadPool* pool) : program_(std::move(program)), pool_(pool) {}
  const nnc_host* host() const { return pool_ ? pool_->host() : nullptr; }

  Program program_;
  ThreadPool* pool_;
  std::unique_ptr<void, FreeWorkspace> workspace_;
  std::vector<ArgumentBytes> checked_; ///< those that passed last,
  std::vector<const void*> pointers_;  ///< as a step is given them,
  bool ready_ = false;                 ///< if there are any
};

} // namespace nnc
