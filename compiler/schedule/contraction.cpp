#include "compiler/schedule/contraction.h"

#include <algorithm>

namespace nnc {
namespace {

bool varies_with(const ExprPool& pool, Expr expr, Axis axis) {
  return std::ranges::find(pool.free_axes(expr), axis) != pool.free_axes(expr).end();
}

std::int64_t points(const ExprPool& pool, const std::vector<Axis>& axes) {
  std::int64_t count = 1;
  for (const Axis axis : axes) count *= pool.indices().axis(axis).extent;
  return count;
}

/// The one reduction of the stage, if there is exactly one.
std::optional<Expr> single_reduction(const Kernel& kernel) {
  std::vector<Expr> roots;
  for (const Store& store : kernel.stages[0].stores) roots.push_back(store.value);
  std::optional<Expr> found;
  for (const Expr expr : topological_order(kernel.pool, roots)) {
    if (kernel.pool.node(expr).op != ScalarOp::reduce) continue;
    if (found) return std::nullopt;
    found = expr;
  }
  return found;
}

} // namespace

std::optional<Contraction> find_contraction(const Kernel& kernel) {
  if (kernel.stages.size() != 1 || !kernel.axes.empty()) return std::nullopt;
  const ExprPool& pool = kernel.pool;
  const auto reduction = single_reduction(kernel);
  if (!reduction) return std::nullopt;
  const ExprNode& node = pool.node(*reduction);
  const ExprNode& body = pool.node(node.operand[0]);
  if (node.combiner != Combiner::sum || body.op != ScalarOp::mul || !is_float(node.dtype))
    return std::nullopt;
  Contraction found{.reduction = *reduction,
                    .a = body.operand[0],
                    .b = body.operand[1],
                    .batch = {},
                    .m = {},
                    .n = {},
                    .k = {pool.axis_list(node).begin(), pool.axis_list(node).end()}};
  const std::vector<Axis>& axes = kernel.stages[0].axes;
  // The factor that varies with the last axis that just one factor varies with is `b`.
  for (auto axis = axes.rbegin(); axis != axes.rend(); ++axis) {
    const bool in_a = varies_with(pool, found.a, *axis), in_b = varies_with(pool, found.b, *axis);
    if (in_a == in_b) continue;
    if (in_a) std::swap(found.a, found.b);
    break;
  }
  for (const Axis axis : axes) {
    const bool in_a = varies_with(pool, found.a, axis), in_b = varies_with(pool, found.b, axis);
    if (in_a && in_b)
      found.batch.push_back(axis);
    else if (in_a)
      found.m.push_back(axis);
    else
      found.n.push_back(axis); // an axis of neither factor repeats the sum; rare, still right
  }
  if (points(pool, found.m) <= 1 || points(pool, found.n) <= 1) return std::nullopt;
  return found;
}

} // namespace nnc
