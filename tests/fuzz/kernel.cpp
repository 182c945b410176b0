// Kernel text: whatever is accepted prints to a text that is accepted and prints the same, and is
// a program that the last steps can plan.
#include "compiler/pipeline.h"
#include "fuzz.h"
#include "ir/kernel/parse.h"
#include "ir/kernel/print.h"

using namespace nnc;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto program = parse_program(fuzz::text(data, size), "fuzz.nnir");
  if (!program) return 0;
  const std::string once = print_program(*program);
  const auto again = parse_program(once, "again.nnir");
  fuzz::require_equal(once, again ? print_program(*again) : "refused: " + again.error().message);
  const auto planned = finish_pipeline(std::move(*program), {});
  if (planned) print_program(*planned);
  return 0;
}
