#include "compiler/kernel_runs.h"

#include "ir/kernel/regions.h"

namespace nnc {
namespace {

/// All of a program but its kernels and checks.
KernelProgram shell_of(const KernelProgram& program) {
  return {.name = program.name,
          .buffers = program.buffers,
          .kernels = {},
          .regions = {},
          .checks = {},
          .inputs = program.inputs,
          .outputs = program.outputs,
          .updates = program.updates,
          .arena_bytes = program.arena_bytes,
          .flush_denormals = program.flush_denormals};
}

/// The kernels of a unit, with the checks before it and in it.
KernelProgram part_of(const KernelProgram& program, const Unit& unit) {
  KernelProgram part = shell_of(program);
  part.kernels.assign(program.kernels.begin() + unit.first, program.kernels.begin() + unit.last);
  if (unit.region != Region::none)
    for (std::uint32_t r = unit.region; r < unit.next_region; ++r) {
      Region region = program.regions[r];
      region.first -= unit.first;
      region.middle -= unit.first;
      region.last -= unit.first;
      part.regions.push_back(region);
    }
  for (RangeCheck check : program.checks) {
    const bool inside = check.region != Region::none && unit.region != Region::none &&
                        check.region >= unit.region && check.region < unit.next_region;
    if (!inside && (check.region != Region::none || check.before_kernel != unit.first)) continue;
    check.before_kernel -= unit.first;
    if (inside) check.region -= unit.region;
    part.checks.push_back(check);
  }
  return part;
}

/// One program for each unit, then one with no kernel.
std::vector<KernelProgram> cut(const KernelProgram& program) {
  std::vector<KernelProgram> parts;
  for (const Unit& unit : units(program)) parts.push_back(part_of(program, unit));
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
