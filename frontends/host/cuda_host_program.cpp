#include "frontends/host/cuda_host_program.h"

#include "compiler/aot/messages.h"
#include "compiler/load_program.h"
#include "compiler/run_compiler.h"
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
std::string step_text(const aot::Module& module) {
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

Status compile(const TemporaryFolder& folder) {
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
    if (const auto problem = run_compiler(words))
      return Error{.code = "E0504",
                   .message = "cannot compile CUDA for the emulated device" + *problem,
                   .help = "it needs a C++ compiler by the name of c++"};
  return std::nullopt;
}

} // namespace

void CudaHostProgram::CloseLibrary::operator()(void* library) const { dlclose(library); }

Result<CudaHostProgram> CudaHostProgram::make(const KernelProgram& kernels, std::int64_t max_memory,
                                              const OriginPool* origins) {
  const aot::Module module = aot::describe("m", kernels.name, std::span(&kernels, 1));
  const auto printed = cuda_source(module, nullptr, max_memory);
  if (!printed) return printed.error();
  const auto folder = TemporaryFolder::make();
  if (!folder) return folder.error();
  if (Status error = write_file(*folder / "m.cuda.h", printed->header)) return *error;
  if (Status error = write_file(*folder / "m.cu", printed->source + step_text(module)))
    return *error;
  if (Status error = compile(*folder)) return *error;
  CudaHostProgram made(described(kernels));
  made.program_.steps.push_back({nullptr, limits_of(kernels, origins)});
  // Of a call that failed no outputs are copied from the device.
  for (IndexLimit& limit : made.program_.steps[0].limits)
    if (limit.argument && *limit.argument >= kernels.inputs.size()) limit.argument.reset();
  made.library_.reset(dlopen((*folder / "m.so").c_str(), RTLD_NOW | RTLD_LOCAL));
  if (!made.library_)
    return Error{.code = "E0504", .message = fmt::format("cannot load CUDA: {}", dlerror())};
  const auto find = [&](const char* name) { return dlsym(made.library_.get(), name); };
  made.code_ = reinterpret_cast<StepCode>(find("nnc_step"));
  made.explain_ = reinterpret_cast<const char* (*)(int)>(find("m_strerror"));
  made.read_ = reinterpret_cast<ReadCode>(find("nnc_read"));
  if (!made.code_ || !made.explain_ || !made.read_)
    throw InternalError("a CUDA library lacks its functions");
  return made;
}

Status CudaHostProgram::call(std::span<const ArgumentBytes> arguments) {
  if (Status error = check_arguments(program_, arguments)) return error;
  std::vector<const void*> pointers;
  for (const ArgumentBytes& argument : arguments)
    pointers.push_back(argument.bytes > 0 ? argument.data : nullptr);
  const int code = code_(pointers.data(), nullptr, nullptr);
  if (code == 0) return std::nullopt;
  if (code < 0) return Error{.code = "E0505", .message = fmt::format("CUDA: {}", explain_(code))};
  const IndexLimit& limit = program_.steps[0].limits.at(static_cast<std::size_t>(code - 1));
  if (limit.offset < 0) return out_of_range(limit, indices_of(limit, pointers.data(), nullptr));
  std::vector<std::byte> indices(static_cast<std::size_t>(limit.type.bytes()));
  const bool read = read_(indices.data(), static_cast<std::size_t>(cuda_arena + limit.offset),
                          indices.size()) == 0;
  return out_of_range(limit, read ? indices.data() : nullptr);
}

} // namespace nnc
