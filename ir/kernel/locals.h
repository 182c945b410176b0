// The memory of a kernel's local buffers.
#pragma once

#include "ir/kernel/kernel.h"

namespace nnc {

/// Of all of them, for one execution of the outer loops, each padded.
inline std::int64_t local_bytes(const Kernel& kernel) {
  std::int64_t bytes = 0;
  for (const LocalBuffer& local : kernel.locals) bytes += padded_bytes(local.type.bytes());
  return bytes;
}

} // namespace nnc
