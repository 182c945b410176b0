// The same element under another shape.
#pragma once

#include "ir/kernel/index.h"

namespace nnc {

/// Where the element at `at` of a row-major tensor of shape `from` lies once that has shape `to`,
/// with as many elements. Axes that stay the same on both sides keep their index as it is:
/// [64,400] as [64,5,5,16] divides what was in 0..400 alone. `at` is inside of `from`, or the
/// access is guarded and what comes out does not matter.
std::vector<Index> reshaped(IndexPool& pool, std::span<const Index> at,
                            std::span<const std::int64_t> from, std::span<const std::int64_t> to);

} // namespace nnc
