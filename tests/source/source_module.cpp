#include "source/source_module.h"

#include "compiler/target/c/c_source.h"
#include "compiler/target/cuda/cuda_source.h"
#include "places.h"
#include "runtime/cuda_host/emulation/commands.h"
#include "runtime/cuda_host/emulation/interface.h"
#include "testing/process.h"

#include <dlfcn.h>

#include <algorithm>
#include <deque>

namespace nnc {
namespace {

using cli_test::Folder;
using cli_test::run_program;

constexpr std::byte filling{0xA5};
constexpr std::size_t margin = 64;

Error failure(std::string what) { return {.code = "E0504", .message = std::move(what)}; }

template <class Function>
Function* find(void* library, const std::string& name) {
  auto* found = reinterpret_cast<Function*>(dlsym(library, name.c_str()));
  if (!found) throw InternalError("a library lacks " + name);
  return found;
}

/// What compiles C when undefined behaviour is to end the process.
const std::vector<std::string>& checking_c() {
  static const std::vector<std::string> words = {"gcc",
                                                 "-std=c99",
                                                 "-O0",
                                                 "-Wall",
                                                 "-Wextra",
                                                 "-Wpedantic",
                                                 "-Werror",
                                                 "-Wno-overlength-strings",
                                                 "-fsanitize=undefined",
                                                 "-fsanitize-undefined-trap-on-error"};
  return words;
}

Status compile_c(const Folder& folder, std::vector<std::string> words) {
  for (const std::string& word :
       {std::string("-fPIC"), std::string("-shared"), std::string("-nostdlib"), folder / "m.c",
        std::string("-o"), folder / "m.so"})
    words.push_back(word);
  const auto compiled = run_program(words);
  return compiled.code == 0 ? Status() : failure(compiled.err);
}

Status compile_cuda(const Folder& folder) {
  for (const auto& words : cuda_host::library_commands({.headers = NNC_SOURCE "/runtime/cuda_host",
                           .emulation = NNC_BUILD "/libnnc_cuda_host.a",
                           .source = folder / "m.cu",
                           .object = folder / "m.o",
                           .library = folder / "m.so",
                           .options = {"-O0", "-Wall", "-Wextra", "-Werror", "-Wno-unused-function",
                                       "-Wno-unused-parameter"},
                           .checked = true})) {
    const auto outcome = run_program(words);
    if (outcome.code != 0) return failure(outcome.err);
  }
  return std::nullopt;
}

/// Memory of this process, between bytes that must survive.
class HostMemory {
public:
  HostMemory(void*, std::size_t bytes) : memory_(bytes + 2 * margin, filling) {}
  void* get() { return memory_.data() + margin; }
  void write(const std::vector<std::byte>& bytes) {
    std::ranges::copy(bytes, memory_.begin() + margin);
  }
  std::vector<std::byte> read() const {
    return {memory_.begin() + margin, memory_.end() - static_cast<std::ptrdiff_t>(margin)};
  }
  bool intact() const {
    const auto untouched = [](std::byte byte) { return byte == filling; };
    return std::all_of(memory_.begin(), memory_.begin() + margin, untouched) &&
           std::all_of(memory_.end() - margin, memory_.end(), untouched);
  }
  static int call(void* library, const std::string& symbol, void** arguments, void* workspace,
                  std::size_t bytes) {
    return find<int(void**, void*, std::size_t)>(library, symbol)(arguments, workspace, bytes);
  }
  static std::string complaints(void*) { return {}; }

private:
  std::vector<std::byte> memory_;
};

/// Memory of the emulated device.
class DeviceMemory {
public:
  DeviceMemory(void* library, std::size_t bytes) : library_(library), bytes_(bytes) {
    find<int(void**, std::size_t)>(library, "cudaMalloc")(&memory_,
                                                          std::max<std::size_t>(bytes, 1));
  }
  ~DeviceMemory() { find<int(void*)>(library_, "cudaFree")(memory_); }
  DeviceMemory(const DeviceMemory&) = delete;
  DeviceMemory& operator=(const DeviceMemory&) = delete;
  void* get() { return memory_; }
  void write(const std::vector<std::byte>& bytes) {
    emulation(library_).copy(memory_, bytes.data(), bytes.size());
  }
  std::vector<std::byte> read() const {
    std::vector<std::byte> bytes(bytes_);
    emulation(library_).copy(bytes.data(), memory_, bytes_);
    return bytes;
  }
  bool intact() const { return true; }
  static int call(void* library, const std::string& symbol, void** arguments, void* workspace,
                  std::size_t bytes) {
    emulation(library).reset();
    return find<int(void**, void*, std::size_t, void*)>(library, symbol)(arguments, workspace,
                                                                         bytes, nullptr);
  }
  static std::string complaints(void* library) {
    std::string text;
    for (std::size_t i = 0; i < emulation(library).report_count(); ++i)
      text += std::string(emulation(library).report(i).text) + "\n";
    return text;
  }

private:
  static const cuda_host::Interface& emulation(void* library) {
    return *find<decltype(nnc_cuda_host)>(library, "nnc_cuda_host")();
  }
  void* library_;
  void* memory_ = nullptr;
  std::size_t bytes_;
};

} // namespace

void SourceModule::CloseLibrary::operator()(void* library) const { dlclose(library); }

Result<SourceModule> SourceModule::make(const Language& language,
                                        std::vector<KernelProgram> programs) {
  return make(language, checking_c(), std::move(programs));
}

Result<SourceModule> SourceModule::make_c(const std::vector<std::string>& compiler,
                                          std::vector<KernelProgram> programs) {
  return make(c::language(), compiler, std::move(programs));
}

Result<SourceModule> SourceModule::make(const Language& language,
                                        const std::vector<std::string>& c_compiler,
                                        std::vector<KernelProgram> programs) {
  SourceModule module(language, std::move(programs));
  const bool is_c = &language == &c::language();
  const aot::Module described = aot::describe("m", "test", module.programs_);
  const Folder folder;
  const auto put = [&](const auto& printed, const char* ending) {
    module.source_ = printed->source;
    cli_test::write_text(folder / (std::string("m") + ending), printed->source);
    cli_test::write_text(folder / (ending[2] == 'u' ? "m.cuda.h" : "m.h"), printed->header);
  };
  if (is_c) {
    const auto printed = c_source(described, nullptr, max_bytes);
    if (!printed) return printed.error();
    put(printed, ".c");
  } else {
    const auto printed = cuda_source(described, nullptr, max_bytes);
    if (!printed) return printed.error();
    put(printed, ".cu");
  }
  if (auto error = is_c ? compile_c(folder, c_compiler) : compile_cuda(folder)) return *error;
  for (const aot::Function& function : described.functions)
    module.symbols_.push_back(function.c_name);
  module.library_.reset(dlopen((folder / "m.so").c_str(), RTLD_NOW | RTLD_LOCAL));
  if (!module.library_) return failure(dlerror());
  return module;
}

cuda_host::Counters SourceModule::counters(const char* kernel) const {
  return (*find<decltype(nnc_cuda_host)>(library_.get(), "nnc_cuda_host"))()->counters(kernel);
}

Result<std::vector<Literal>> SourceModule::call(std::size_t index,
                                                std::span<const Literal> inputs) const {
  return language_ == &c::language() ? call_with<HostMemory>(index, inputs)
                                     : call_with<DeviceMemory>(index, inputs);
}

template <class Memory>
Result<std::vector<Literal>> SourceModule::call_with(std::size_t index,
                                                     std::span<const Literal> inputs) const {
  const KernelProgram& program = programs_[index];
  void* library = library_.get();
  std::deque<Memory> arguments;
  std::vector<Type> types;
  for (const auto* ports : {&program.inputs, &program.outputs})
    for (const ProgramPort& port : *ports) {
      types.push_back(program.buffers[port.buffer].type);
      arguments.emplace_back(library, static_cast<std::size_t>(types.back().bytes()));
    }
  for (std::size_t i = 0; i < inputs.size(); ++i) arguments[i].write(*inputs[i].bytes);
  std::vector<void*> pointers;
  for (Memory& argument : arguments) pointers.push_back(argument.get());
  pointers.push_back(nullptr); // no host
  const std::size_t bytes = find<std::size_t()>(library, symbols_[index] + "_workspace_size")();
  Memory workspace(library, bytes);
  const int code = Memory::call(library, symbols_[index], pointers.data(), workspace.get(), bytes);
  const std::string complaints = Memory::complaints(library);
  if (!complaints.empty()) return failure(complaints);
  if (code != 0) return failure(find<const char*(int)>(library, "m_strerror")(code));
  if (!workspace.intact() || !std::ranges::all_of(arguments, &Memory::intact))
    return failure("memory beside an argument was written");
  std::vector<Literal> results;
  const auto take = [&](std::size_t i) {
    results.push_back({types[i], std::make_shared<std::vector<std::byte>>(arguments[i].read())});
  };
  for (std::size_t i = 0; i < program.outputs.size(); ++i) take(program.inputs.size() + i);
  for (const auto& update : program.updates)
    for (std::size_t i = 0; i < program.inputs.size(); ++i)
      if (program.inputs[i].name == update.name) take(i);
  return results;
}

} // namespace nnc
