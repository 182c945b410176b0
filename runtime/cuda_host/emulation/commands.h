// How a CUDA source becomes a library of this host: in one place for all who compile one.
#pragma once

#include <string>
#include <vector>

namespace nnc::cuda_host {

struct LibraryBuild {
  std::string headers;   ///< the folder of cuda_runtime.h
  std::string emulation; ///< the library of emulation/*.cpp
  std::string source, object, library;
  std::vector<std::string> options = {}; ///< of the compiler besides: {"-O1"}
  bool checked = false;                  ///< with every access watched (interface.h)
};

/// The words of two commands, which compile and link. Without -fno-gnu-unique, shared arrays of
/// kernels that are templates would be one for all libraries that are open.
inline std::vector<std::vector<std::string>> library_commands(const LibraryBuild& build) {
  std::vector<std::string> compile = {
      "c++", "-x",         "c++", "-std=c++17", "-fPIC",    "-ffp-contract=off", "-fno-gnu-unique",
      "-c",  build.source, "-o",  build.object, "-isystem", build.headers};
  compile.insert(compile.end(), build.options.begin(), build.options.end());
  if (build.checked) compile.insert(compile.end(), {"-fsanitize=thread", "-fsanitize=bounds"});
  return {std::move(compile),
          {"c++", "-shared", "-Wl,-Bsymbolic", build.object, build.emulation, "-o", build.library}};
}

} // namespace nnc::cuda_host
