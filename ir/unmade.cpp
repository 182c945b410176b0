#include "ir/unmade.h"

namespace nnc {

UnmadeNode::UnmadeNode(Error failure)
    : InternalError(failure.message), error_(std::move(failure)) {}

void unmade(const Error& failure, std::string_view what) {
  Error error = failure;
  error.message = std::string(what) + ": " + failure.message;
  const bool too_large = error.code == "E0202", no_bound = error.code == "E0402";
  if (too_large && error.help.empty())
    error.help =
        "make the sizes, or the number of steps, smaller; a loop with \"checkpoint\" keeps "
        "less";
  if (too_large || no_bound) throw UnmadeNode(std::move(error));
  throw InternalError(error.message);
}

} // namespace nnc
