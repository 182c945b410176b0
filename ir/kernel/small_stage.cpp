#include "ir/kernel/small_stage.h"

#include <algorithm>

namespace nnc {
namespace {

/// Do the axes span no more than `limit` points?
bool span_at_most(const ExprPool& pool, std::span<const Axis> axes, std::int64_t limit) {
  std::int64_t points = 1;
  for (const Axis axis : axes)
    if (__builtin_mul_overflow(points, pool.indices().axis(axis).extent, &points)) return false;
  return points <= limit;
}

} // namespace

bool is_small_sum(const ExprPool& pool, const ExprNode& reduction) {
  return span_at_most(pool, pool.axis_list(reduction), small_sum_terms);
}

bool is_small_stage(const ExprPool& pool, const Stage& stage, std::span<const Axis> outer) {
  std::vector<Axis> loops(outer.begin(), outer.end());
  loops.insert(loops.end(), stage.axes.begin(), stage.axes.end());
  if (!span_at_most(pool, loops, small_stage_points)) return false;
  return std::ranges::all_of(topological_order(pool, stage_roots(pool, stage)), [&](Expr expr) {
    return pool.node(expr).op != ScalarOp::reduce || is_small_sum(pool, pool.node(expr));
  });
}

} // namespace nnc
