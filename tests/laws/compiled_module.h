// Many functions compiled as one module for the CPU, and called on literals.
#pragma once

#include "compiler/target/cpu/cpu_target.h"
#include "ir/graph.h"
#include "runtime/jit/jit.h"
#include "runtime/thread_pool.h"

namespace nnc {

/// The steps of the pipeline to leave out: those whose names start with one of these.
using LeftOut = std::vector<std::string_view>;

/// Through all graph and kernel steps. Fails the test when a step does.
std::optional<KernelProgram> kernels_of(const Graph& graph, const LeftOut& left_out = {});

class CompiledModule {
public:
  /// One object for all programs, loaded into this process.
  static Result<CompiledModule> make(std::vector<KernelProgram> programs,
                                     const std::string& cpu = "host");
  /// The values of the outputs of program `index`. `pool` may be null.
  Result<std::vector<Literal>> call(std::size_t index, std::span<const Literal> inputs,
                                    ThreadPool* pool = nullptr) const;
  const std::vector<std::vector<char>>& objects() const { return objects_; }

private:
  CompiledModule(std::vector<KernelProgram> programs, ObjectCode code, LoadedCode loaded);
  std::vector<KernelProgram> programs_;
  std::vector<CompiledFunction> functions_;
  std::vector<std::vector<char>> objects_;
  LoadedCode loaded_;
};

} // namespace nnc
