// Which dtypes scalar operations take and give.
#pragma once

#include "ir/kernel/expr.h"

namespace nnc {

/// Operations on bits take integers and bool, square roots floats, and so on: what has no meaning
/// must not reach a target.
bool scalar_op_takes(ScalarOp op, DType dtype);

/// What is wrong with the dtypes of a node and its operands, or empty.
std::string dtype_fault(const ExprPool& pool, Expr expr);

} // namespace nnc
