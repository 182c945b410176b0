#include "compiler/aot/object.h"

#include "compiler/aot/wrapper.h"
#include "compiler/run_compiler.h"
#include "compiler/target/cpu/cpu_features.h"
#include "ir/messages.h"
#include "runtime/files/atomic_write.h"
#include "runtime/files/file.h"
#include "runtime/files/temporary_folder.h"

#include <algorithm>
#include <array>

namespace nnc::aot {

std::string_view Object::bytes() const {
  const std::vector<char>& object = code.objects.at(0);
  return {object.data(), object.size()};
}

Result<Object> build_object(std::span<const KernelProgram> programs,
                            std::span<const NamedTensor> weights, const ObjectOptions& options) {
  Object built;
  built.module = describe(options.name, options.source, programs);
  built.weights = add_weights(built.module, weights, options.embed);

  const auto features = cpu_features(options.cpu, cpu::checkable_features());
  if (!features) return features.error();
  std::vector<CpuFunction> functions;
  for (const Function& function : built.module.functions)
    functions.push_back({function.program, core_symbol(function)});
  CpuOptions cpu{.cpu = options.cpu,
                 .llvm_text = options.llvm_text,
                 .assembly_text = options.assembly_text,
                 .max_memory = options.max_memory};
  cpu.companion = [&](std::span<const CompiledFunction> compiled) {
    std::vector<std::int64_t> arenas;
    for (const CompiledFunction& one : compiled) arenas.push_back(one.workspace_bytes);
    Wrapper made = wrapper(built.module, arenas, *features);
    built.header = header_text(built.module, made.workspace_bytes);
    built.workspace_bytes = std::move(made.workspace_bytes);
    Companion companion{.llvm_text = std::move(made.llvm_text), .constants = {}};
    if (options.embed) companion.constants.emplace_back(weights_symbol, built.weights);
    return companion;
  };
  auto code = compile_object(functions, cpu);
  if (!code) return code.error();
  built.code = std::move(*code);
  return built;
}

ObjectPaths paths_beside(const std::string& stem) {
  return {.object = stem + ".o", .header = stem + ".h", .weights = stem + ".weights"};
}

Status write_object(const Object& object, const ObjectPaths& paths) {
  if (!paths.object.empty())
    if (Status error = write_file(paths.object, object.bytes())) return error;
  if (!paths.header.empty())
    if (Status error = write_file(paths.header, object.header)) return error;
  if (paths.weights.empty() || object.weights.empty() || object.module.embedded)
    return std::nullopt;
  return write_file(paths.weights, std::span<const std::byte>(object.weights));
}

Status link_library(const std::string& object, const std::string& library) {
  const auto folder = TemporaryFolder::make();
  if (!folder) return folder.error();
  const std::string linked = *folder / "linked.so";
  const std::array<std::string, 7> words = {"cc", "-shared", "-nostdlib", "-Wl,-z,noexecstack",
                                            "-o", linked,    object};
  if (const auto problem = run_compiler(words))
    return Error{.code = "E0504",
                 .message = "cannot link " + quote(library, 4096) + *problem,
                 .help = "install a C compiler, or use the object file of --emit=obj"};
  const auto bytes = read_file(linked);
  return bytes ? write_file(library, *bytes) : Status(bytes.error());
}

} // namespace nnc::aot
