// .npz archives, of which little memory may be taken; what was read is written and read again.
#include "runtime/files/npz.h"
#include "fuzz.h"

using namespace nnc;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto tensors = read_npz(fuzz::bytes(data, size), "fuzz.npz", limits_within(1 << 26));
  if (!tensors) return 0;
  const auto written = write_npz(*tensors);
  fuzz::require(written.ok(), "names that were read are names to write");
  const auto again = read_npz(*written, "again.npz");
  fuzz::require(again && again->size() == tensors->size(), "all entries are kept");
  return 0;
}
