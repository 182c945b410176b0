#include "compiler/kernel_runs.h"

#include <algorithm>
#include <cstdlib>

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

std::string symbol(std::size_t k) { return "nnc_part_" + std::to_string(k); }

} // namespace

void KernelRuns::FreeWorkspace::operator()(void* memory) const { std::free(memory); }

Result<KernelRuns> KernelRuns::make(const KernelProgram& program, const CpuOptions& options,
                                    ThreadPool* pool) {
  const std::vector<KernelProgram> parts = cut(program);
  std::vector<CpuFunction> functions;
  for (std::size_t k = 0; k < parts.size(); ++k) functions.push_back({&parts[k], symbol(k)});
  const auto compiled = compile_object(functions, options);
  if (!compiled) return compiled.error();
  auto loaded = LoadedCode::load(compiled->objects);
  if (!loaded) return loaded.error();
  KernelRuns runs(std::move(*loaded), pool);
  std::int64_t bytes = 64;
  for (std::size_t k = 0; k < parts.size(); ++k) {
    const auto entry = runs.code_.find(symbol(k));
    if (!entry) return entry.error();
    runs.functions_.push_back(reinterpret_cast<Function>(*entry));
    bytes = std::max(bytes, compiled->functions[k].workspace_bytes);
  }
  runs.workspace_.reset(std::aligned_alloc(64, static_cast<std::size_t>(bytes)));
  if (!runs.workspace_)
    return Error{.code = "E0602",
                 .message = "no memory for a workspace of " + std::to_string(bytes) + " bytes"};
  return runs;
}

} // namespace nnc
