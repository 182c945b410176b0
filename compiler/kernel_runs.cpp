#include "compiler/kernel_runs.h"

namespace nnc {
namespace {

/// All of a program but its kernels and checks.
KernelProgram shell_of(const KernelProgram& program) {
  return {.name = program.name,
          .buffers = program.buffers,
          .kernels = {},
          .checks = {},
          .inputs = program.inputs,
          .outputs = program.outputs,
          .updates = program.updates,
          .arena_bytes = program.arena_bytes,
          .flush_denormals = program.flush_denormals};
}

/// One program for each kernel with the checks before it, then one with no kernel.
std::vector<KernelProgram> cut(const KernelProgram& program) {
  std::vector<KernelProgram> parts;
  for (std::size_t k = 0; k < program.kernels.size(); ++k) {
    KernelProgram part = shell_of(program);
    part.kernels.push_back(program.kernels[k]);
    for (RangeCheck check : program.checks)
      if (check.before_kernel == k) {
        check.before_kernel = 0;
        part.checks.push_back(check);
      }
    parts.push_back(std::move(part));
  }
  parts.push_back(shell_of(program));
  return parts;
}

} // namespace

Result<KernelRuns> KernelRuns::make(const KernelProgram& program, const CpuOptions& options,
                                    ThreadPool* pool) {
  auto loaded = load_program(cut(program), options, pool);
  if (!loaded) return loaded.error();
  return KernelRuns(std::move(*loaded));
}

} // namespace nnc
