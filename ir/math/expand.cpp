#include "ir/math/expand.h"

#include "ir/kernel/rewrite.h"
#include "ir/math/functions.h"

namespace nnc {
namespace {

using math::Term;

struct Unary {
  ScalarOp op;
  Term (*expand)(Term);
};
struct Binary {
  ScalarOp op;
  Term (*expand)(Term, Term);
};

constexpr Unary unary_functions[] = {
    {ScalarOp::exp, math::exp},
    {ScalarOp::expm1, math::expm1},
    {ScalarOp::log, math::log},
    {ScalarOp::log1p, math::log1p},
    {ScalarOp::rsqrt, math::rsqrt},
    {ScalarOp::sin, math::sin},
    {ScalarOp::cos, math::cos},
    {ScalarOp::tan, math::tan},
    {ScalarOp::asin, math::asin},
    {ScalarOp::acos, math::acos},
    {ScalarOp::atan, math::atan},
    {ScalarOp::sinh, math::sinh},
    {ScalarOp::cosh, math::cosh},
    {ScalarOp::asinh, math::asinh},
    {ScalarOp::acosh, math::acosh},
    {ScalarOp::atanh, math::atanh},
    {ScalarOp::tanh, math::tanh},
    {ScalarOp::sigmoid, math::sigmoid},
    {ScalarOp::softplus, math::softplus},
    {ScalarOp::erf, math::erf},
    {ScalarOp::erfc, math::erfc},
    {ScalarOp::lgamma, math::lgamma},
    {ScalarOp::sign, math::sign},
    {ScalarOp::is_nan, math::is_nan},
    {ScalarOp::is_finite, math::is_finite},
};

constexpr Binary binary_functions[] = {
    {ScalarOp::maximum, math::maximum},
    {ScalarOp::minimum, math::minimum},
    {ScalarOp::atan2, math::atan2},
    {ScalarOp::pow, math::pow},
};

template <class Table>
auto find(const Table& table, ScalarOp op) -> decltype(table[0].expand) {
  for (const auto& row : table)
    if (row.op == op) return row.expand;
  return nullptr;
}

} // namespace

bool is_basic(ScalarOp op) {
  return !find(unary_functions, op) && !find(binary_functions, op) && op != ScalarOp::polygamma;
}

Expr expand_function(ExprPool& pool, ScalarOp op, std::span<const Expr> operands) {
  if (const auto expand = find(unary_functions, op)) return expand({pool, operands[0]}).expr();
  if (const auto expand = find(binary_functions, op))
    return expand({pool, operands[0]}, {pool, operands[1]}).expr();
  if (op == ScalarOp::polygamma) {
    const auto order = pool.as_integer(operands[0]);
    if (!order) throw InternalError("polygamma: the order is no constant");
    return math::polygamma(static_cast<int>(*order), {pool, operands[1]}).expr();
  }
  throw InternalError("no expansion of scalar " + std::string(scalar_op_name(op)));
}

std::vector<Expr> expand_functions(ExprPool& pool, std::span<const Expr> roots) {
  Rewriter rewriter(pool, pool);
  rewriter.on_operation = [&](const ExprNode& node, std::span<const Expr> operands) {
    return is_basic(node.op) ? Expr{} : expand_function(pool, node.op, operands);
  };
  std::vector<Expr> result;
  for (const Expr root : roots) result.push_back(rewriter.expr(root));
  return result;
}

} // namespace nnc
