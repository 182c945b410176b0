// .npy files: a tensor that was read is written and read again to the same bytes.
#include "runtime/files/npy.h"
#include "fuzz.h"

#include <algorithm>

using namespace nnc;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto tensor = read_npy(fuzz::bytes(data, size), "fuzz.npy");
  if (!tensor) return 0;
  const auto again = read_npy(write_npy(*tensor), "again.npy");
  fuzz::require(again && again->type() == tensor->type(), "types are kept");
  fuzz::require(std::ranges::equal(again->bytes(), tensor->bytes()), "bytes are kept");
  return 0;
}
