// What CUDA sources are compiled and linked with on this host (runtime/cuda_host), inside the
// program: it needs no folder of nnc's own wherever it is.
#pragma once

#include <span>
#include <string_view>

namespace nnc {

struct EmbeddedFile {
  std::string_view name, bytes;
};

/// The headers, then the library of the emulation.
std::span<const EmbeddedFile> cuda_host_files();

} // namespace nnc
