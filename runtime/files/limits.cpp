#include "runtime/files/limits.h"

#include <algorithm>
#include <fstream>
#include <string>
#include <unistd.h>

namespace nnc {

std::int64_t default_memory_limit() {
  std::int64_t memory = static_cast<std::int64_t>(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGESIZE);
  if (memory <= 0) memory = std::int64_t{1} << 32;
  // Version 2 and version 1 of control groups; "max" and a missing file both fail to read.
  for (const char* path :
       {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"}) {
    std::int64_t limit = 0;
    if (std::ifstream(path) >> limit && limit > 0) memory = std::min(memory, limit);
  }
  return memory / 5 * 4;
}

} // namespace nnc
