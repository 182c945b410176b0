// Graph text: whatever is accepted prints to a text that is accepted and prints the same.
#include "fuzz.h"
#include "ir/text/parse.h"
#include "ir/text/print.h"

using namespace nnc;

namespace {

/// Nullopt where the text has errors.
std::optional<std::string> printed(std::string_view text) {
  static const OpTable rows = standard_ops();
  Context context(rows);
  auto parsed = parse_module(context, text, "fuzz.nnir");
  if (const auto* errors = std::get_if<1>(&parsed)) {
    fuzz::require(!errors->empty(), "a refusal has an error");
    return std::nullopt;
  }
  std::string result;
  // A function is printed with those that it calls.
  for (const TextFunction& function : std::get<0>(parsed))
    if (!function.called) result += print_graph(*function.graph, {.origins = false});
  return result;
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto once = printed(fuzz::text(data, size));
  if (!once) return 0;
  const auto again = printed(*once);
  fuzz::require_equal(*once, again.value_or("refused"));
  return 0;
}
