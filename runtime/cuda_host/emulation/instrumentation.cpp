// What code compiled with -fsanitize=thread and -fsanitize=bounds calls. The sanitizers' own
// libraries are not linked; these stand in their place, hidden, so that a program which has them
// keeps its own.
#include "access.h"
#include "execution.h"

namespace nnc::cuda_host {

namespace {

using Access = Shadow::Access;

/// As a device does it, in words where they are and bytes where not.
void watch_range(const void* address, std::size_t bytes, Access access, std::uintptr_t code) {
  const auto* at = static_cast<const unsigned char*>(address);
  const std::size_t width =
      reinterpret_cast<std::uintptr_t>(address) % 4 == 0 && bytes % 4 == 0 ? 4 : 1;
  for (std::size_t i = 0; i < bytes; i += width) watch(at + i, width, access, code);
}

// What the compiler describes an array and its index by.
struct SourceLocation {
  const char* file;
  std::uint32_t line, column;
};
struct TypeDescription {
  std::uint16_t kind, info;
  char name[1]; ///< longer
};
struct IndexDescription {
  SourceLocation location;
  const TypeDescription* array;
  const TypeDescription* index;
};

void report_index(const IndexDescription& description, std::uintptr_t index) {
  Execution* execution = watched_execution;
  if (!execution) return;
  const std::string file = description.location.file;
  execution->report(Fault::out_of_bounds, reinterpret_cast<std::uintptr_t>(&description),
                    text("index ", static_cast<std::intptr_t>(index), " of an array ",
                         description.array->name, " (", file.substr(file.rfind('/') + 1), ':',
                         description.location.line, ')'));
}

} // namespace

} // namespace nnc::cuda_host

using nnc::cuda_host::Shadow;

#define NNC_CUDA_HOST_CALLER reinterpret_cast<std::uintptr_t>(__builtin_return_address(0))
#define NNC_CUDA_HOST_HOOK extern "C" [[gnu::visibility("hidden")]] void
#define NNC_CUDA_HOST_SIZE(size)                                                                   \
  NNC_CUDA_HOST_HOOK __tsan_read##size(void* address) {                                            \
    nnc::cuda_host::watch(address, size, Shadow::Access::read, NNC_CUDA_HOST_CALLER);              \
  }                                                                                                \
  NNC_CUDA_HOST_HOOK __tsan_write##size(void* address) {                                           \
    nnc::cuda_host::watch(address, size, Shadow::Access::write, NNC_CUDA_HOST_CALLER);             \
  }                                                                                                \
  NNC_CUDA_HOST_HOOK __tsan_unaligned_read##size(void* address) {                                  \
    nnc::cuda_host::watch(address, size, Shadow::Access::read, NNC_CUDA_HOST_CALLER);              \
  }                                                                                                \
  NNC_CUDA_HOST_HOOK __tsan_unaligned_write##size(void* address) {                                 \
    nnc::cuda_host::watch(address, size, Shadow::Access::write, NNC_CUDA_HOST_CALLER);             \
  }
NNC_CUDA_HOST_SIZE(1)
NNC_CUDA_HOST_SIZE(2)
NNC_CUDA_HOST_SIZE(4)
NNC_CUDA_HOST_SIZE(8)
NNC_CUDA_HOST_SIZE(16)

NNC_CUDA_HOST_HOOK __tsan_read_range(void* address, std::size_t bytes) {
  nnc::cuda_host::watch_range(address, bytes, Shadow::Access::read, NNC_CUDA_HOST_CALLER);
}
NNC_CUDA_HOST_HOOK __tsan_write_range(void* address, std::size_t bytes) {
  nnc::cuda_host::watch_range(address, bytes, Shadow::Access::write, NNC_CUDA_HOST_CALLER);
}
NNC_CUDA_HOST_HOOK nnc_cuda_host_read(const void* address, std::size_t bytes) {
  nnc::cuda_host::watch(address, bytes, Shadow::Access::read, NNC_CUDA_HOST_CALLER);
}
NNC_CUDA_HOST_HOOK nnc_cuda_host_write(void* address, std::size_t bytes) {
  nnc::cuda_host::watch(address, bytes, Shadow::Access::write, NNC_CUDA_HOST_CALLER);
}
// Virtual functions are not for kernels; the hooks are for code of the host in the same source.
NNC_CUDA_HOST_HOOK __tsan_vptr_read(void*) {}
NNC_CUDA_HOST_HOOK __tsan_vptr_update(void*, void*) {}
NNC_CUDA_HOST_HOOK __tsan_func_entry(void*) {}
NNC_CUDA_HOST_HOOK __tsan_func_exit() {}
NNC_CUDA_HOST_HOOK __tsan_init() { nnc::cuda_host::checks().instrumented = true; }

NNC_CUDA_HOST_HOOK
__ubsan_handle_out_of_bounds(nnc::cuda_host::IndexDescription* description, std::uintptr_t index) {
  nnc::cuda_host::report_index(*description, index);
  if (nnc::cuda_host::watched_execution)
    nnc::cuda_host::watched_execution->abandon(cudaErrorIllegalAddress);
}
#undef NNC_CUDA_HOST_SIZE
#undef NNC_CUDA_HOST_HOOK
#undef NNC_CUDA_HOST_CALLER
