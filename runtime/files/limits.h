// What a reader may take before it gives up. Each reader also checks every size in a file against
// the size of that file before it takes memory, so these matter for files that really are large.
#pragma once

#include <cstdint>

namespace nnc {

struct FileLimits {
  std::int64_t bytes = std::int64_t{1} << 40;    ///< a whole file, and what an archive expands to
  std::int64_t npy_header = 64 * 1024;           ///< the format's own header is below it
  std::int64_t safetensors_header = 100'000'000; ///< the format's own limit
};

/// 80 % of the smaller of the machine's memory and the cgroup's limit.
std::int64_t default_memory_limit();

/// Limits under which no more than `memory` bytes are taken.
inline FileLimits limits_within(std::int64_t memory) { return {.bytes = memory}; }

} // namespace nnc
