// Which dtypes scalar operations take.
#pragma once

#include "ir/kernel/expr.h"

namespace nnc {

/// Operations on bits take integers and bool, square roots floats, and so on: what has no meaning
/// must not reach a target.
bool scalar_op_takes(ScalarOp op, DType dtype);

} // namespace nnc
