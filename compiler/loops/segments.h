// Axis 0 of a tensor as segments of equal length, and back: how loops go over parts of it.
#pragma once

#include "ir/builder.h"

namespace nnc {

/// Of a loop of `steps`, those whose terms are summed up together where sums leave it
/// (compiler/loops/sums.h), the largest of which has `elements`, and which carries `carried`
/// besides: so many that a sum is read and written for as much as they go over. They divide the
/// steps if some number does, so that a graph has the same nodes for 10 and 10,000 of them. It is a
/// multiple of what it is for smaller sums, and of what it is where more is carried; segments are
/// of whole such groups, so that sums over segments are in the same order.
std::int64_t steps_of_a_sum(std::int64_t steps, std::int64_t elements, std::int64_t carried);

/// Entries first..first+count-1 of axis 0.
Value rows(Builder& b, Value value, std::int64_t first, std::int64_t count);
/// [steps, ...] as [segments, length, ...]; the length divides the steps.
Value in_segments(Builder& b, Value value, std::int64_t length);
/// [segments, length, ...] as [steps, ...]: without what stands behind.
Value out_of_segments(Builder& b, Value value, std::int64_t steps);

} // namespace nnc
