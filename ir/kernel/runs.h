// Rows that go in order.
//
// Iterations of a kernel's outer loop are independent of each other, but for one case: where it
// stores to a place that tells them only by their number divided by some n, the n iterations of a
// run store to the same elements. Those go in order, and only runs are independent. So a pass over
// rows can add up what lies in their columns:
//
//   rows i in 0..4096
//     for j in 0..768
//       part[i / 32,j] = part[i / 32,j if i % 32 > 0] + x[i,j]
#pragma once

#include "ir/kernel/kernel.h"

namespace nnc {

/// How many iterations of an axis, counted from 0, share the place of a store: those with one
/// quotient, where only quotients of the axis are in `at`. None where the axis itself or a
/// remainder is, or nothing of it.
std::optional<std::int64_t> sharing_a_place(const IndexPool& indices, std::span<const Index> at,
                                            Axis axis);

/// Does a store that the rows of a run share read its place in no run's first row, so that all it
/// reads there is what an earlier row wrote?
bool begins_with_each_run(const Kernel& kernel, const Store& store);

/// The length of a kernel's runs; 1 where all iterations of its outer loops are independent. Runs
/// are of one outer loop.
std::int64_t run_length(const Kernel& kernel);

} // namespace nnc
