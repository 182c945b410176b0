#include "frontends/host/emitted_program.h"

#include "compiler/aot/messages.h"
#include "compiler/load_program.h"
#include "compiler/run_compiler.h"
#include "compiler/target/c/c_source.h"
#include "compiler/target/cuda/cuda_source.h"
#include "frontends/host/cuda_host_files.h"
#include "runtime/cuda_host/emulation/commands.h"
#include "runtime/files/atomic_write.h"
#include "runtime/files/temporary_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <dlfcn.h>

namespace nnc {
namespace {

/// Behind the source: a function with the arguments of a StepCode, which takes them to the device
/// and brings back what was written; its result is that of StepCode, or below 0 that of CUDA. And
/// one that reads the workspace of the last call.
std::string cuda_step_text(const aot::Module& module) {
  const aot::Function& function = module.functions[0];
  std::string sizes, written, members;
  for (std::size_t i = 0; i < function.arguments.size(); ++i) {
    const aot::Argument& one = function.arguments[i];
    sizes += fmt::format("{}, ", std::max<std::int64_t>(one.type.bytes(), 1));
    written += fmt::format("{}, ", one.written ? 1 : 0);
    members += fmt::format("  args.{0} = (decltype(args.{0}))device[{1}];\n", one.c_name, i);
  }
  const aot::Codes codes = aot::Messages().add(function);
  return fmt::format(R"(
static void *device[{2} + 1];
extern "C" int nnc_read(void *to, size_t offset, size_t bytes) {{
  return (int)cudaMemcpy(to, (const char *)device[{2}] + offset, bytes, cudaMemcpyDeviceToHost);
}}
extern "C" int nnc_step(const void *const *arguments, void *, const void *) {{
  static const size_t sizes[] = {{{0}1}};
  static const unsigned char written[] = {{{1}0}};
  const size_t workspace_size = {3}_workspace_size();
  cudaError_t error = cudaSuccess;
  for (int i = 0; i <= {2} && error == cudaSuccess; ++i)
    if (!device[i]) error = cudaMalloc(&device[i], i < {2} ? sizes[i] : workspace_size);
  for (int i = 0; i < {2} && error == cudaSuccess; ++i)
    if (arguments[i]) error = cudaMemcpy(device[i], arguments[i], sizes[i], cudaMemcpyHostToDevice);
  if (error != cudaSuccess) return -(int)error;
  {3}_args args;
{4}  const int code = {3}(&args, device[{2}], workspace_size, nullptr);
  if (code != 0) return code < 0 ? code : code - {5} + 1;
  for (int i = 0; i < {2} && error == cudaSuccess; ++i)
    if (written[i] && arguments[i])
      error = cudaMemcpy((void *)arguments[i], device[i], sizes[i], cudaMemcpyDeviceToHost);
  return -(int)error;
}}
)",
                     sizes, written, function.arguments.size(), function.c_name, members,
                     codes.index);
}

/// Behind C: a StepCode with a workspace.
std::string c_step_text(const aot::Module& module) {
  const aot::Function& function = module.functions[0];
  std::string members;
  for (std::size_t i = 0; i < function.arguments.size(); ++i)
    members += fmt::format("  args.{} = (void *)arguments[{}];\n", function.arguments[i].c_name, i);
  return fmt::format(R"(
int nnc_step(const void *const *arguments, void *workspace, const void *host) {{
  {0}_args args;
  (void)arguments, (void)host;
{1}  args.host = NULL;
  const int code = {0}(&args, workspace, {0}_workspace_size());
  return code == 0 ? 0 : code - {2} + 1;
}}
)",
                     function.c_name, members, aot::Messages().add(function).index);
}

Status compile_with(std::span<const std::string> words, std::string_view what,
                    std::string_view compiler) {
  const auto problem = run_compiler(words);
  if (!problem) return std::nullopt;
  return Error{.code = "E0504",
               .message = fmt::format("cannot compile {}{}", what, *problem),
               .help = fmt::format("it needs a {} compiler by the name of {}",
                                   compiler == "cc" ? "C" : "C++", compiler)};
}

Status compile_cuda(const TemporaryFolder& folder) {
  std::string headers = folder / "", library;
  for (const EmbeddedFile& file : cuda_host_files()) {
    library = folder / std::string(file.name);
    if (Status error = write_file(library, file.bytes)) return error;
  }
  const auto commands = cuda_host::library_commands({.headers = std::move(headers),
                                                     .emulation = std::move(library),
                                                     .source = folder / "m.cu",
                                                     .object = folder / "m.o",
                                                     .library = folder / "m.so",
                                                     .options = {"-O1", "-w"}});
  for (const std::vector<std::string>& words : commands)
    if (Status error = compile_with(words, "CUDA for the emulated device", "c++")) return error;
  return std::nullopt;
}

Status make_cuda_library(const aot::Module& module, std::int64_t max_memory,
                         const TemporaryFolder& folder) {
  const auto printed = cuda_source(module, nullptr, max_memory);
  if (!printed) return printed.error();
  if (Status error = write_file(folder / "m.cuda.h", printed->header)) return error;
  const std::string text = printed->source + cuda_step_text(module);
  if (Status error = write_file(folder / "m.cu", text)) return error;
  return compile_cuda(folder);
}

Status make_c_library(const aot::Module& module, std::int64_t max_memory,
                      const TemporaryFolder& folder, std::vector<std::byte>& workspace) {
  const auto printed = c_source(module, nullptr, max_memory);
  if (!printed) return printed.error();
  workspace.resize(static_cast<std::size_t>(printed->workspace_bytes[0]));
  if (Status error = write_file(folder / "m.h", printed->header)) return error;
  const std::string text = printed->source + c_step_text(module);
  if (Status error = write_file(folder / "m.c", text)) return error;
  const std::vector<std::string> words = {
      "cc",      "-std=c99",       "-O1",          "-w", "-fPIC",
      "-shared", "-Wl,-Bsymbolic", folder / "m.c", "-o", folder / "m.so"};
  return compile_with(words, "C", "cc");
}

/// Where the arena of C begins, as the source finds it.
const std::byte* arena_in(const std::vector<std::byte>& workspace) {
  constexpr auto alignment = static_cast<std::uintptr_t>(buffer_alignment);
  const auto address = reinterpret_cast<std::uintptr_t>(workspace.data());
  return workspace.data() + (alignment - address % alignment) % alignment;
}

} // namespace

void EmittedProgram::CloseLibrary::operator()(void* library) const { dlclose(library); }

Result<EmittedProgram> EmittedProgram::make(const std::string& backend,
                                            const KernelProgram& kernels, std::int64_t max_memory,
                                            const OriginPool* origins) {
  const bool on_device = backend == "cuda-host";
  const aot::Module module = aot::describe("m", kernels.name, std::span(&kernels, 1));
  const auto folder = TemporaryFolder::make();
  if (!folder) return folder.error();
  EmittedProgram made(described(kernels));
  if (Status error = on_device ? make_cuda_library(module, max_memory, *folder)
                               : make_c_library(module, max_memory, *folder, made.workspace_))
    return *error;
  made.program_.steps.push_back({nullptr, limits_of(kernels, origins)});
  // Of a call that failed no outputs are copied from the device.
  for (IndexLimit& limit : made.program_.steps[0].limits)
    if (on_device && limit.argument && *limit.argument >= kernels.inputs.size())
      limit.argument.reset();
  made.library_.reset(dlopen((*folder / "m.so").c_str(), RTLD_NOW | RTLD_LOCAL));
  if (!made.library_)
    return Error{.code = "E0504", .message = fmt::format("cannot load a library: {}", dlerror())};
  const auto find = [&](const char* name) { return dlsym(made.library_.get(), name); };
  made.code_ = reinterpret_cast<StepCode>(find("nnc_step"));
  made.explain_ = reinterpret_cast<const char* (*)(int)>(find("m_strerror"));
  made.read_ = reinterpret_cast<ReadCode>(find("nnc_read"));
  if (!made.code_ || !made.explain_ || (on_device && !made.read_))
    throw InternalError("a library of emitted source lacks its functions");
  return made;
}

Status EmittedProgram::call(std::span<const ArgumentBytes> arguments) {
  if (Status error = check_arguments(program_, arguments)) return error;
  std::vector<const void*> pointers;
  for (const ArgumentBytes& argument : arguments)
    pointers.push_back(argument.bytes > 0 ? argument.data : nullptr);
  const int code = code_(pointers.data(), workspace_.data(), nullptr);
  if (code == 0) return std::nullopt;
  if (code < 0) return Error{.code = "E0505", .message = fmt::format("CUDA: {}", explain_(code))};
  const IndexLimit& limit = program_.steps[0].limits.at(static_cast<std::size_t>(code - 1));
  if (!read_ || limit.offset < 0)
    return out_of_range(limit, indices_of(limit, pointers.data(), arena_in(workspace_)));
  std::vector<std::byte> indices(static_cast<std::size_t>(limit.type.bytes()));
  const bool read = read_(indices.data(), static_cast<std::size_t>(cuda_arena + limit.offset),
                          indices.size()) == 0;
  return out_of_range(limit, read ? indices.data() : nullptr);
}

} // namespace nnc
