// The seeds of whole derivatives: tensors of zeros with a one in one place.
#pragma once

#include "ir/builder.h"

namespace nnc {

/// One tensor of `type` for each of its elements, with the one there: elements + type.
Value unit_tensors(Builder& b, const Type& type);
/// Those for the elements that `places`, an i64[n], names: n + type.
Value unit_tensors(Builder& b, const Type& type, Value places);

} // namespace nnc
