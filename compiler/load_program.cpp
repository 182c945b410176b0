#include "compiler/load_program.h"

#include "compiler/target/cpu/cpu_features.h"
#include "ir/kernel/names.h"
#include "ir/messages.h"

#include <algorithm>

namespace nnc {
namespace {

/// E0502 when code for `cpu` may hold instructions that this machine does not have.
Status runs_here(const std::string& cpu) {
  if (cpu == "host") return std::nullopt;
  const auto needed = cpu_features(cpu, cpu::checkable_features());
  if (!needed) return needed.error();
  const auto here = cpu_features("host", *needed);
  if (!here) return here.error();
  std::string missing;
  for (const std::string& feature : *needed)
    if (std::ranges::find(*here, feature) == here->end())
      missing += (missing.empty() ? "" : ", ") + feature;
  if (missing.empty()) return std::nullopt;
  return Error{.code = "E0502",
               .message =
                   "code for CPU " + quote(cpu) + " cannot run here: this machine lacks " + missing,
               .help = "leave --cpu out, or write an object file with `nnc compile`"};
}

std::string symbol(std::size_t part) { return "nnc_part_" + std::to_string(part); }

} // namespace

Program described(const KernelProgram& kernels) {
  Program program{.name = kernels.name, .arguments = {}, .steps = {}};
  for (const ProgramPort& port : kernels.inputs) {
    const Buffer& buffer = kernels.buffers[port.buffer];
    const bool updated = std::ranges::any_of(
        kernels.updates, [&](const auto& update) { return update.target == port.buffer; });
    program.arguments.push_back({buffer.name, buffer.type, updated});
  }
  for (const ProgramPort& port : kernels.outputs) {
    const Buffer& buffer = kernels.buffers[port.buffer];
    program.arguments.push_back({buffer.name, buffer.type, true});
  }
  return program;
}

std::vector<IndexLimit> limits_of(const KernelProgram& kernels, const OriginPool* origins) {
  std::vector<std::optional<std::size_t>> argument(kernels.buffers.size());
  for (std::size_t i = 0; i < kernels.inputs.size(); ++i) argument[kernels.inputs[i].buffer] = i;
  for (std::size_t i = 0; i < kernels.outputs.size(); ++i)
    argument[kernels.outputs[i].buffer] = kernels.inputs.size() + i;
  std::vector<IndexLimit> limits;
  for (const RangeCheck& check : kernels.checks) {
    const Buffer& buffer = kernels.buffers[check.buffer];
    limits.push_back({.node = check.node,
                      .buffer = declared_name(buffer),
                      .extent = check.extent,
                      .type = buffer.type,
                      .place = origins ? (*origins)[check.origin].place : Place{},
                      .argument = argument[check.buffer],
                      .offset = buffer.role == BufferRole::arena ? buffer.offset : -1});
    if (buffer.data) limits.back().data = buffer.data->bytes;
  }
  return limits;
}

Result<LoadedProgram> load_program(std::span<const KernelProgram> parts, const CpuOptions& options,
                                   ThreadPool* pool, const OriginPool* origins) {
  if (Status error = runs_here(options.cpu)) return *error;
  std::vector<CpuFunction> functions;
  for (std::size_t i = 0; i < parts.size(); ++i) functions.push_back({&parts[i], symbol(i)});
  const auto compiled = compile_object(functions, options);
  if (!compiled) return compiled.error();
  auto loaded = LoadedCode::load(compiled->objects);
  if (!loaded) return loaded.error();
  Program program = described(parts.front());
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto entry = loaded->find(symbol(i));
    if (!entry) return entry.error();
    program.steps.push_back({reinterpret_cast<StepCode>(*entry), limits_of(parts[i], origins)});
    program.workspace_bytes =
        std::max(program.workspace_bytes, compiled->functions[i].workspace_bytes);
  }
  auto runner = ProgramRunner::make(std::move(program), pool);
  if (!runner) return runner.error();
  return LoadedProgram{std::move(*loaded), std::move(*runner)};
}

} // namespace nnc
