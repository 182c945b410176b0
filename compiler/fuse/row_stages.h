// Kernels that go over rows: what belongs to a row, and stages under loops over rows.
#pragma once

#include "compiler/fuse/kernel_loops.h"

#include <algorithm>

namespace nnc {

/// Do the first `count` indices equal the first `count` axes?
bool leads_with(const Kernel& kernel, std::span<const Index> at, const std::vector<Axis>& axes,
                std::size_t count);

/// Calls `visit(node, stage)` for every load from a buffer of `buffers`; false stops.
template <class Visit>
bool every_load(const Kernel& kernel, const std::vector<std::uint32_t>& buffers, Visit visit) {
  for (const Stage& stage : kernel.stages) {
    const std::vector<Expr> roots = stage_roots(kernel.pool, stage);
    for (const Expr expr : topological_order(kernel.pool, roots)) {
      const ExprNode& node = kernel.pool.node(expr);
      if (node.op != ScalarOp::load) continue;
      const bool wanted = std::ranges::find(buffers, node.source) != buffers.end();
      if (wanted && !visit(node, stage)) return false;
    }
  }
  return true;
}

/// A kernel without stages, over rows that are the first `count` loops of `like`.
Kernel over_rows(const Kernel& like, std::size_t count);

/// Appends `from`'s stages, its first `merged.axes.size()` loops being the outer loops of `merged`.
void append_stages(Kernel& merged, const Kernel& from);

} // namespace nnc
