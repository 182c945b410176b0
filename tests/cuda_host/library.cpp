#include "cuda_host/library.h"

#include "places.h"

#include <dlfcn.h>

#include <filesystem>
#include <stdexcept>

namespace nnc::cuda_host_test {

Library::Library(const std::string& source, Mode mode) {
  const std::string object = folder_ / "kernels.o", library = folder_ / (source + ".so");
  std::vector<std::string> compile = {"c++",
                                      "-x",
                                      "c++",
                                      "-std=c++17",
                                      "-ffp-contract=off",
                                      "-O1",
                                      "-fPIC",
                                      "-fno-gnu-unique",
                                      "-I",
                                      NNC_SOURCE "/runtime/cuda_host"};
  if (mode == Mode::checked)
    compile.insert(compile.end(), {"-fsanitize=thread", "-fsanitize=bounds"});
  compile.insert(compile.end(),
                 {"-c", NNC_TESTS "/cuda_host/kernels/" + source + ".cu", "-o", object});
  const auto compiled = cli_test::run_program(compile);
  EXPECT_EQ(compiled.code, 0) << compiled.err;
  const auto linked = cli_test::run_program(
      {"c++", "-shared", "-Wl,-Bsymbolic", object, NNC_BUILD "/libnnc_cuda_host.a", "-o", library});
  EXPECT_EQ(linked.code, 0) << linked.err;
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
