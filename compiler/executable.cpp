#include "compiler/executable.h"

#include "compiler/target/cpu/cpu_features.h"
#include "ir/messages.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace nnc {
namespace {

constexpr const char* symbol = "nnc_function";

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

} // namespace

void Executable::FreeWorkspace::operator()(void* memory) const { std::free(memory); }

Executable::Executable(KernelProgram program, LoadedCode code, ThreadPool* pool)
    : program_(std::move(program)), code_(std::move(code)), pool_(pool) {
  for (const ProgramPort& port : program_.inputs) ports_.push_back(port.buffer);
  for (const ProgramPort& port : program_.outputs) ports_.push_back(port.buffer);
}

Result<Executable> Executable::make(KernelProgram program, const CpuOptions& options,
                                    ThreadPool* pool) {
  if (Status error = runs_here(options.cpu)) return *error;
  const CpuFunction function{&program, symbol};
  auto compiled = compile_object(std::span(&function, 1), options);
  if (!compiled) return compiled.error();
  auto loaded = LoadedCode::load(compiled->objects);
  if (!loaded) return loaded.error();
  const auto entry = loaded->find(symbol);
  if (!entry) return entry.error();
  const std::int64_t bytes = std::max<std::int64_t>(compiled->functions[0].workspace_bytes, 64);
  Executable executable(std::move(program), std::move(*loaded), pool);
  executable.function_ = reinterpret_cast<Function>(*entry);
  executable.workspace_bytes_ = bytes;
  executable.workspace_.reset(std::aligned_alloc(64, static_cast<std::size_t>(bytes)));
  if (!executable.workspace_)
    return Error{.code = "E0602",
                 .message = "no memory for a workspace of " + std::to_string(bytes) + " bytes"};
  return executable;
}

Status Executable::check(std::span<const ArgumentBytes> arguments) const {
  if (arguments.size() != ports_.size())
    return Error{.code = "E0620",
                 .message = quote(program_.name) + " takes " + std::to_string(ports_.size()) +
                            " arguments, not " + std::to_string(arguments.size())};
  for (std::size_t i = 0; i < ports_.size(); ++i) {
    const Buffer& buffer = program_.buffers[ports_[i]];
    if (arguments[i].bytes != buffer.type.bytes())
      return Error{.code = "E0620",
                   .message = quote(buffer.name) + " is " + to_string(buffer.type) + ", " +
                              std::to_string(buffer.type.bytes()) + " bytes, not " +
                              std::to_string(arguments[i].bytes)};
  }
  for (std::size_t out = program_.inputs.size(); out < ports_.size(); ++out) {
    const char* first = static_cast<const char*>(arguments[out].data);
    for (std::size_t i = 0; i < out; ++i) {
      const char* other = static_cast<const char*>(arguments[i].data);
      if (first < other + arguments[i].bytes && other < first + arguments[out].bytes)
        return Error{.code = "E0623",
                     .message = "output " + quote(program_.buffers[ports_[out]].name) +
                                " overlaps " + quote(program_.buffers[ports_[i]].name),
                     .help = "give every output memory of its own"};
    }
  }
  return std::nullopt;
}

Status Executable::call(std::span<const ArgumentBytes> arguments) {
  if (auto error = check(arguments)) return error;
  std::vector<const void*> pointers;
  for (const ArgumentBytes& argument : arguments) pointers.push_back(argument.data);
  const int code = call_unchecked(pointers.data());
  if (code == 0) return std::nullopt;
  const RangeCheck& failed = program_.checks.at(static_cast<std::size_t>(code - 1));
  return Error{.code = "E0621",
               .message = quote(failed.node) + ": an index in " +
                          quote(program_.buffers[failed.buffer].name) + " is outside 0.." +
                          std::to_string(failed.extent - 1)};
}

} // namespace nnc
