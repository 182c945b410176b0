// One function of a model, ready to be called, by compiled code or the interpreter.
#pragma once

#include "compiler/executable.h"
#include "compiler/pipeline.h"
#include "runtime/tensor.h"

#include <memory>

namespace nnc {

struct Leaf {
  std::string name;
  Role role = Role::input;
  Type type;
};

/// What a function takes and gives.
struct Signature {
  std::vector<Leaf> leaves; ///< inputs, params, state, constants
  std::vector<std::pair<std::string, Type>> outputs;
  std::vector<std::string> updated; ///< params and state that a call gives new values

  /// Leaves that the caller gives; they come first.
  std::size_t input_count() const;
  /// Position among the outputs, if there is one of this name.
  std::optional<std::size_t> output(std::string_view name) const;
};
Signature signature_of(const Graph& graph);
Signature signature_of(const KernelProgram& program);

struct ExecutorOptions {
  /// Or "interpreter"; or the source that is emitted, compiled: "c", "cuda-host" (CUDA on an
  /// emulated device).
  std::string backend = "cpu";
  std::string cpu = "host";
  int threads = 1;
  ThreadPool* pool = nullptr; ///< shared by several executors; else `threads` makes one
  std::int64_t max_memory = default_max_memory;
  RewriteCheck* check_rewrites = nullptr;
};

class Executor {
public:
  static Result<std::unique_ptr<Executor>> make(Graph graph, const ExecutorOptions& options);
  /// A function that is kernels already, as kernel text gives them.
  static Result<std::unique_ptr<Executor>> make(KernelProgram program,
                                                const ExecutorOptions& options);
  virtual ~Executor() = default;

  /// The leaves of the signature, then its outputs: row-major bytes of exactly their types. On
  /// success params, state and outputs hold their new values; after an error nothing changed but
  /// outputs. E0620 when the bytes do not fit, E0621 for an index out of range.
  virtual Status call(std::span<const ArgumentBytes> arguments) = 0;
  /// The same with tensors.
  Status call(std::span<Tensor> leaves, std::span<Tensor> outputs);

  /// The compiled program; null for the interpreter.
  virtual const KernelProgram* program() const { return nullptr; }
  virtual std::int64_t workspace_bytes() const { return 0; }
  /// What each step took, `emit` (code generation and loading) last.
  const std::vector<StepTime>& times() const { return times_; }

protected:
  std::vector<StepTime> times_;
};

} // namespace nnc
