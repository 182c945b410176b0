// The CUDA target: a module as one readable file of CUDA C++ with a header for its callers.
//
// `nvcc -O3` compiles it as it stands; it needs CUDA's runtime and nothing of nnc. Functions have
// the names and arguments of the object file's, with pointers into device memory and a stream
// behind. The same file compiles as C++ against runtime/cuda_host, which runs it on the host.
// Every sum is added up in an order that the shapes decide; there are no atomics on floats.
#pragma once

#include "compiler/aot/module.h"
#include "ir/graph.h"

namespace nnc {

/// Where buffers of the arena begin, counted from the first multiple of buffer_alignment in the
/// workspace; before them a call keeps what its checks found.
inline constexpr std::int64_t cuda_arena = buffer_alignment;

struct CudaSource {
  std::string source, header;
  std::vector<std::int64_t> workspace_bytes; ///< by function, of the device
};

/// `context` (may be null) knows where in the model values come from. `header` is the name of its
/// file, by default that of the module. `weights` are the values of
/// those that the module embeds. E0501 when a function needs more than `max_memory`.
Result<CudaSource> cuda_source(const aot::Module& module, const Context* context,
                               std::int64_t max_memory, std::string_view header = "",
                               std::span<const NamedTensor> weights = {});

} // namespace nnc
