// IDX files.
#include "runtime/files/idx.h"
#include "fuzz.h"

using namespace nnc;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto tensor = read_idx(fuzz::bytes(data, size), "fuzz.idx");
  fuzz::require(!tensor || tensor->bytes().size() <= size, "every element is in the file");
  return 0;
}
