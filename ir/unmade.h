// What becomes of a step on graphs whose builder failed. Types were right before it, so a failure
// is a fault of nnc; but for what derivatives and batches of right graphs may ask in vain: a tensor
// that is too large to exist, and what a loop without a bound begins its steps with.
#pragma once

#include "ir/error.h"

#include <string_view>

namespace nnc {

/// Thrown by `unmade`; who runs steps gives its error to the user.
class UnmadeNode : public InternalError {
public:
  explicit UnmadeNode(Error failure);
  const Error& error() const { return error_; }

private:
  Error error_;
};

/// Ends a step: `what` ("gradient of while") cannot be made, as the builder says. Throws an
/// UnmadeNode where the model is to blame, else an InternalError.
[[noreturn]] void unmade(const Error& failure, std::string_view what);

} // namespace nnc
