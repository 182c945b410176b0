#include "cuda_host/library.h"

#include "places.h"
#include "runtime/cuda_host/emulation/commands.h"

#include <dlfcn.h>

#include <filesystem>
#include <stdexcept>

namespace nnc::cuda_host_test {

Library::Library(const std::string& source, Mode mode) {
  const std::string library = folder_ / (source + ".so");
  for (const auto& words : cuda_host::library_commands({.headers = NNC_SOURCE "/runtime/cuda_host",
                           .emulation = NNC_BUILD "/libnnc_cuda_host.a",
                           .source = NNC_TESTS "/cuda_host/kernels/" + source + ".cu",
                           .object = folder_ / "kernels.o",
                           .library = library,
                           .options = {"-O1"},
                           .checked = mode == Mode::checked})) {
    const auto outcome = cli_test::run_program(words);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
  }
  library_.reset(dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL));
  if (!library_) throw std::runtime_error(dlerror());
  std::filesystem::remove(library); // names of kernels and arrays are known without it
  emulation_ = reinterpret_cast<decltype(&nnc_cuda_host)>(symbol("nnc_cuda_host"))();
  EXPECT_EQ(emulation_->set_checks(true), mode == Mode::checked);
}

void* Library::symbol(const char* name) const {
  void* symbol = dlsym(library_.get(), name);
  if (!symbol) throw std::runtime_error(name);
  return symbol;
}

std::string Library::reports() const {
  std::string text;
  for (std::size_t i = 0; i < emulation_->report_count(); ++i)
    text += std::string(emulation_->report(i).text) + "\n";
  return text;
}

std::string Library::error() const {
  const auto name = reinterpret_cast<const char* (*)(int)>(symbol("cudaGetErrorName"));
  return name(call("cudaGetLastError"));
}

void Library::Close::operator()(void* library) const { dlclose(library); }

std::vector<float> scattered(std::size_t count, unsigned start) {
  std::vector<float> values;
  unsigned state = start;
  for (std::size_t i = 0; i < count; ++i) {
    state = state * 1664525U + 1013904223U;
    values.push_back(static_cast<float>(static_cast<int>(state >> 8) - (1 << 23)) * 0x1p-23F);
  }
  return values;
}

} // namespace nnc::cuda_host_test
