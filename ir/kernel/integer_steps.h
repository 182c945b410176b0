// Integer and bool arithmetic over lanes, as language.md section 4 has it: everything wraps and
// nothing traps.
#pragma once

#include "ir/kernel/expr.h"

namespace nnc {

/// to[i] = op(a[i], b[i]) in `dtype`, for n lanes; `b` is not read by unary ops.
void integer_step(ScalarOp op, DType dtype, std::int64_t* to, const std::int64_t* a,
                  const std::int64_t* b, int n);

/// eq, ne, lt, le, gt, ge: to[i] is 0 or 1.
void compare_integers(ScalarOp op, std::int64_t* to, const std::int64_t* a, const std::int64_t* b,
                      int n);

/// The identity of a reduction: 0, 1, the lowest or the highest value of `dtype`.
std::int64_t integer_identity(Combiner combiner, DType dtype);

} // namespace nnc
