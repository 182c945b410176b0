#include "laws/compiled_module.h"

#include "compiler/pipeline.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace nnc {
namespace {

using Function = int (*)(const void* const*, void*, const nnc_host*);

Graph copied(const Graph& from) {
  Graph to(from.context(), from.name);
  std::vector<Value> map = begin_copy(from, to);
  for (std::uint32_t id = 0; id < from.node_count(); ++id)
    if (!map[from.node(NodeId{id}).first.id].valid()) copy_node(from, NodeId{id}, to, map);
  finish_copy(from, to, map);
  return to;
}

} // namespace

std::optional<KernelProgram> kernels_of(const Graph& graph, const LeftOut& left_out) {
  Graph current = copied(graph);
  std::optional<KernelProgram> program;
  for (const Step& step : pipeline_steps()) {
    if (std::ranges::any_of(left_out, [&](auto name) { return step.name.starts_with(name); }))
      continue;
    if (step.graph) {
      current = step.graph(current, current.context());
      verify_after(step.name, current);
      continue;
    }
    if (step.to_kernels) {
      program = step.to_kernels(current, current.context());
      verify_after(step.name, *program);
      continue;
    }
    auto next = step.kernels(std::move(*program), std::int64_t{1} << 32, nullptr);
    if (!next) {
      ADD_FAILURE() << graph.name << ": " << step.name << ": " << next.error().message;
      return std::nullopt;
    }
    program = std::move(*next);
    verify_after(step.name, *program);
  }
  return program;
}

CompiledModule::CompiledModule(std::vector<KernelProgram> programs, ObjectCode code,
                               LoadedCode loaded)
    : programs_(std::move(programs)), functions_(std::move(code.functions)),
      objects_(std::move(code.objects)), loaded_(std::move(loaded)) {}

Result<CompiledModule> CompiledModule::make(std::vector<KernelProgram> programs,
                                            const std::string& cpu) {
  std::vector<CpuFunction> functions;
  for (const KernelProgram& program : programs)
    functions.push_back({&program, "f" + std::to_string(functions.size())});
  auto code = compile_object(functions, {.cpu = cpu});
  if (!code) return code.error();
  auto loaded = LoadedCode::load(code->objects);
  if (!loaded) return loaded.error();
  return CompiledModule(std::move(programs), std::move(*code), std::move(*loaded));
}

Result<std::vector<Literal>>
CompiledModule::call(std::size_t index, std::span<const Literal> inputs, ThreadPool* pool) const {
  const KernelProgram& program = programs_[index];
  const auto entry = loaded_.find("f" + std::to_string(index));
  if (!entry) return entry.error();
  std::vector<const void*> arguments;
  for (const Literal& input : inputs) arguments.push_back(input.bytes->data());
  std::vector<Literal> results;
  for (const ProgramPort& port : program.outputs) {
    const Type& type = program.buffers[port.buffer].type;
    auto bytes = std::make_shared<std::vector<std::byte>>(static_cast<std::size_t>(type.bytes()));
    std::ranges::fill(*bytes, std::byte{0xA5});
    arguments.push_back(bytes->data());
    results.push_back({type, bytes});
  }
  const auto size = static_cast<std::size_t>(functions_[index].workspace_bytes) + 64;
  const std::unique_ptr<void, void (*)(void*)> workspace(
      std::aligned_alloc(64, (size + 63) / 64 * 64), std::free);
  std::memset(workspace.get(), 0xA5, size);
  const int code = reinterpret_cast<Function>(*entry)(arguments.data(), workspace.get(),
                                                      pool ? pool->host() : nullptr);
  if (code != 0) return Error{.code = "E0621", .message = "an index is out of range"};
  return results;
}

} // namespace nnc
