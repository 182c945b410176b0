#include "ir/kernel/expr_types.h"

namespace nnc {

bool scalar_op_takes(ScalarOp op, DType dtype) {
  switch (op) {
  case ScalarOp::bit_not:
  case ScalarOp::bit_and:
  case ScalarOp::bit_or:
  case ScalarOp::bit_xor:
    return !is_float(dtype);
  case ScalarOp::shift_left:
  case ScalarOp::shift_right:
    return is_integer(dtype);
  case ScalarOp::eq:
  case ScalarOp::ne:
  case ScalarOp::select:
  case ScalarOp::cast:
  case ScalarOp::bitcast:
    return true;
  case ScalarOp::neg:
  case ScalarOp::abs:
  case ScalarOp::sign:
  case ScalarOp::add:
  case ScalarOp::sub:
  case ScalarOp::mul:
  case ScalarOp::div:
  case ScalarOp::rem:
  case ScalarOp::maximum:
  case ScalarOp::minimum:
  case ScalarOp::pow:
  case ScalarOp::lt:
  case ScalarOp::le:
  case ScalarOp::gt:
  case ScalarOp::ge:
    return true; // of bools as of 0 and 1
  default:
    return is_float(dtype);
  }
}

} // namespace nnc
