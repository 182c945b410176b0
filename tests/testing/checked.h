// What a test builds for itself, and what must be there for it to test anything at all.
#pragma once

#include "ir/error.h"

#include <utility>

namespace nnc {

/// The value of `result`; its error is an InternalError, which fails the test.
template <class T>
T checked(Result<T> result) {
  if (!result) throw InternalError(result.error().message);
  return std::move(*result);
}

} // namespace nnc
