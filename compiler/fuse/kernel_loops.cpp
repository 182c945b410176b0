#include "compiler/fuse/kernel_loops.h"

#include <algorithm>

namespace nnc {

std::vector<std::int64_t> extents(const Kernel& kernel, const std::vector<Axis>& axes) {
  std::vector<std::int64_t> list;
  for (const Axis axis : axes) list.push_back(kernel.pool.indices().axis(axis).extent);
  return list;
}

std::vector<Axis> loops(const Kernel& kernel, const Stage& stage) {
  std::vector<Axis> all = kernel.axes;
  all.insert(all.end(), stage.axes.begin(), stage.axes.end());
  return all;
}

namespace {

/// The axes of the last index of a load that moves at all.
std::vector<Axis> neighbours(const ExprPool& pool, const ExprNode& load) {
  std::vector<Axis> axes;
  for (const Index at : pool.index_list(load)) {
    std::vector<Axis> moving;
    for (const Axis axis : pool.indices().axes_of(at))
      if (pool.indices().axis(axis).extent > 1) moving.push_back(axis);
    if (!moving.empty()) axes = std::move(moving);
  }
  return axes;
}

} // namespace

bool reads_columns(const Kernel& kernel, std::size_t rows) {
  for (const Stage& stage : kernel.stages) {
    std::vector<Axis> row_axes = loops(kernel, stage);
    row_axes.resize(rows);
    const auto is_row = [&](Axis axis) {
      return std::ranges::find(row_axes, axis) != row_axes.end();
    };
    for (const Expr reduction : topological_order(kernel.pool, stage_roots(kernel.pool, stage))) {
      const ExprNode& node = kernel.pool.node(reduction);
      if (node.op != ScalarOp::reduce) continue;
      for (const Expr expr : topological_order(kernel.pool, std::span(node.operand, 1)))
        if (kernel.pool.node(expr).op == ScalarOp::load &&
            !std::ranges::all_of(kernel.pool.free_axes(expr), is_row) &&
            std::ranges::any_of(neighbours(kernel.pool, kernel.pool.node(expr)), is_row))
          return true;
    }
  }
  return false;
}

} // namespace nnc
