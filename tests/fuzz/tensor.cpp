// Tensors as text, the inputs of a run; what is printed reads back to the same bits.
#include "fuzz.h"
#include "runtime/tensor_text.h"

#include <algorithm>

using namespace nnc;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto tensor = parse_tensor(fuzz::text(data, size), "fuzz");
  if (!tensor) return 0;
  const auto again = parse_tensor(to_text(*tensor, INT64_MAX), "again");
  fuzz::require(again && again->type() == tensor->type(), "types are kept");
  fuzz::require(std::ranges::equal(again->bytes(), tensor->bytes()), "bits are kept");
  return 0;
}
