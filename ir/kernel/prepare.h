// A kernel made ready for a target: functions expanded into the operations that the target has,
// every access by one linear index, and axes that run on without a break joined into one.
#pragma once

#include "ir/kernel/kernel_key.h"

namespace nnc {

/// Ops that a target computes as they stand; others are expanded (ir/math/expand.h).
using KeptOps = bool (*)(ScalarOp op);

/// In the result each load has one index and each store one entry in `at`: the position in the
/// row-major buffer, counted from where its operand begins. Axes of extent 1 are gone.
Kernel prepare(const Kernel& kernel, std::span<const Buffer> buffers,
               std::span<const KernelOperand> operands, KeptOps kept);

/// All axes of a small stage (ir/kernel/small_stage.h) become one that its stores run along,
/// whatever its loads do.
void join_small_stages(Kernel& kernel);

/// By expression id: does it use a load from a buffer that some of `stages` store to? Such
/// expressions wait for the innermost loop of their own stage.
std::vector<bool> loads_of_written(const ExprPool& pool, std::span<const Expr> order,
                                   std::span<const Stage> stages);

/// The factor of `axis` in an index, or nullopt when it is inside a division or in data.
std::optional<std::int64_t> stride_of(const ExprPool& pool, Index index, Axis axis);
bool depends_on(const ExprPool& pool, Expr expr, Axis axis);

/// What to add to an index of this range, a multiple of `by`, so that it is never negative and
/// division that truncates rounds down.
std::int64_t lift_of(IndexRange range, std::int64_t by);

} // namespace nnc
