// Axis 0 of a tensor as segments of equal length, and back: how loops go over parts of it.
#pragma once

#include "ir/builder.h"

namespace nnc {

/// [steps, ...] as [segments, length, ...], with zeros behind; steps <= segments * length.
Value in_segments(Builder& b, Value value, std::int64_t segments, std::int64_t length);
/// [segments, length, ...] as [steps, ...]: without what stands behind.
Value out_of_segments(Builder& b, Value value, std::int64_t steps);

} // namespace nnc
