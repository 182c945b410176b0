#include "ir/kernel/expr_types.h"
#include "ir/kernel/combiner.h"

namespace nnc {
namespace {

std::string wrong(const ExprNode& node, std::string_view part, DType is, DType wanted) {
  return std::string(scalar_op_name(node.op)) + ": " + std::string(part) + " is " +
         std::string(dtype_name(is)) + ", not " + std::string(dtype_name(wanted));
}

/// The result of an operation whose operands have one dtype.
DType result_of(ScalarOp op, DType operand) {
  return op >= ScalarOp::eq && op <= ScalarOp::is_nan ? DType::boolean : operand;
}

std::string reduction_fault(const ExprNode& node, DType body) {
  const bool position = gives_position(node.combiner);
  const DType wanted = position ? DType::i64 : body;
  return node.dtype == wanted ? "" : wrong(node, "the result", node.dtype, wanted);
}

} // namespace

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

std::string dtype_fault(const ExprPool& pool, Expr expr) {
  const ExprNode& node = pool.node(expr);
  if (node.guard.valid() && pool.dtype(node.guard) != DType::boolean)
    return wrong(node, "the guard", pool.dtype(node.guard), DType::boolean);
  if (node.op == ScalarOp::index && node.dtype != DType::i64)
    return wrong(node, "the result", node.dtype, DType::i64);
  if (node.arity == 0 || node.op == ScalarOp::cast) return {};
  const DType first = pool.dtype(node.operand[0]);
  if (node.op == ScalarOp::reduce) return reduction_fault(node, first);
  if (node.op == ScalarOp::bitcast)
    return dtype_size(first) == dtype_size(node.dtype)
               ? ""
               : wrong(node, "the operand", first, node.dtype);
  // The condition of a select and the order of a polygamma come before the operands proper.
  const bool leading = node.op == ScalarOp::select || node.op == ScalarOp::polygamma;
  const DType lead = node.op == ScalarOp::select ? DType::boolean : DType::i64;
  if (leading && first != lead) return wrong(node, "the first operand", first, lead);
  const DType dtype = pool.dtype(node.operand[leading ? 1 : 0]);
  for (int i = leading ? 1 : 0; i < node.arity; ++i)
    if (pool.dtype(node.operand[i]) != dtype)
      return wrong(node, "an operand", pool.dtype(node.operand[i]), dtype);
  if (!scalar_op_takes(node.op, dtype))
    return std::string(scalar_op_name(node.op)) + " does not take " +
           std::string(dtype_name(dtype));
  const DType wanted = result_of(node.op, dtype);
  return node.dtype == wanted ? "" : wrong(node, "the result", node.dtype, wanted);
}

} // namespace nnc
