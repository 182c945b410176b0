// The interval that an index can be in where a guard holds.
#pragma once

#include "ir/kernel/expr.h"

namespace nnc {

/// Comparisons of index values with constants, joined by "and", narrow the range that the axes
/// give; of other guards nothing is known. `guard` may be invalid. The range is empty (low > high)
/// where the guard holds nowhere.
IndexRange guarded_range(const ExprPool& pool, Index index, Expr guard);

} // namespace nnc
