// A kernel made ready for emission: functions expanded into basic operations, every access by one
// linear index, and axes that run on without a break joined into one.
#pragma once

#include "compiler/target/cpu/kernel_key.h"

namespace nnc::cpu {

/// In the result each load has one index and each store one entry in `at`: the position in the
/// row-major buffer, counted from where its operand begins. Axes of extent 1 are gone, and a small
/// stage has a single axis.
Kernel prepare(const Kernel& kernel, std::span<const Buffer> buffers,
               std::span<const KernelOperand> operands);

/// The factor of `axis` in an index, or nullopt when it is inside a division or in data.
std::optional<std::int64_t> stride_of(const ExprPool& pool, Index index, Axis axis);
bool depends_on(const ExprPool& pool, Expr expr, Axis axis);

} // namespace nnc::cpu
