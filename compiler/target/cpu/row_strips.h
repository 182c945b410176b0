// Several rows of a run at a time.
//
// Rows that go in runs (ir/kernel/runs.h) add to partial sums, row after row: a load and a store in
// L1 beside each element that is summed. Where a row leaves little behind for its sums, as a
// product of matrix and vector does, a few rows are computed first, what follows from their
// products as one vector, and then added up together in registers.
#pragma once

#include "ir/kernel/kernel.h"

namespace nnc::cpu {

/// Of a prepared kernel; one that has no runs, or rows too large for it, stays what it is. The
/// number of rows follows from shapes alone.
void take_rows_in_strips(Kernel& kernel);

} // namespace nnc::cpu
