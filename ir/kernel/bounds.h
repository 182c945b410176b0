// Whether an index stays inside a size where a guard holds.
//
// Comparisons of index values with constants, joined by "and", narrow the ranges that the axes
// give; of other parts of a guard nothing is known, and it is taken to hold. What intervals cannot
// tell is tried point by point, where there are not too many.
#pragma once

#include "ir/kernel/expr.h"

namespace nnc {

/// An index and what a comparison says of it.
struct IndexCondition {
  Index index;
  IndexRange range;
};

/// What a guard says of indices. The guard is no more than that where `whole` (may be null) comes
/// out true.
std::vector<IndexCondition> conditions_of(const ExprPool& pool, Expr guard, bool* whole = nullptr);

enum class Bounds : std::uint8_t { inside, outside, unknown };

/// Of an index into 0..size-1; `guard` may be invalid.
Bounds bounds_of(const ExprPool& pool, Index index, Expr guard, std::int64_t size);

/// The interval for messages. It is empty (low > high) where the guard holds nowhere.
IndexRange guarded_range(const ExprPool& pool, Index index, Expr guard);

} // namespace nnc
