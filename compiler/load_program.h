// Kernels compiled for this machine and loaded into this process.
#pragma once

#include "compiler/target/cpu/cpu_target.h"
#include "runtime/jit/jit.h"
#include "runtime/program.h"

namespace nnc {

/// The runner calls into the code, which stays where it is when this is moved.
struct LoadedProgram {
  LoadedCode code;
  ProgramRunner runner;
};

/// What the runtime has to know of a program but for its code; and what its index checks mean.
/// `origins` (may be null) says where the nodes stand that checks are for.
Program described(const KernelProgram& kernels);
std::vector<IndexLimit> limits_of(const KernelProgram& kernels, const OriginPool* origins);

/// One step for each of `parts`, which are programs after `plan` with the same buffers, inputs and
/// outputs; they share the workspace. `pool` as in ProgramRunner::make. E0501, E0502 for a CPU that
/// LLVM does not know or that can do what this machine cannot, E0602.
Result<LoadedProgram> load_program(std::span<const KernelProgram> parts, const CpuOptions& options,
                                   ThreadPool* pool, const OriginPool* origins = nullptr);

} // namespace nnc
