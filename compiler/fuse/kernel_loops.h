// The loops of kernels, and whether those that become rows go through memory along rows.
#pragma once

#include "ir/kernel/kernel.h"

namespace nnc {

std::vector<std::int64_t> extents(const Kernel& kernel, const std::vector<Axis>& axes);

/// The outer axes and those of one stage: the loops around its stores.
std::vector<Axis> loops(const Kernel& kernel, const Stage& stage);

/// Would a row, one of the first `rows` loops, read a column in memory: every element next to ones
/// that other rows want?
bool reads_columns(const Kernel& kernel, std::size_t rows);

} // namespace nnc
