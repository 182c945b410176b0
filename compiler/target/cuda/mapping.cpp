#include "compiler/target/cuda/mapping.h"

#include "compiler/target/cuda/points.h"
#include "ir/kernel/prepare.h"
#include "ir/kernel/runs.h"

#include <algorithm>

namespace nnc::cuda {
namespace {

constexpr std::int64_t most_threads = 256, most_blocks = 65'535;
constexpr std::int64_t worth_sharing = 32;   ///< terms; fewer are added up by each thread
constexpr std::int64_t fills_machine = 8192; ///< points that keep a device busy

std::int64_t whole_warps(std::int64_t count) {
  return std::clamp<std::int64_t>((count + 31) / 32 * 32, 32, most_threads);
}

/// Reductions of a stage, and whether most of what they read lies along their own axes.
struct Reductions {
  std::int64_t terms = 0; ///< of the longest that a block could share
  bool along_rows = false;
};

Reductions reductions_of(const ExprPool& pool, const Stage& stage) {
  Reductions found;
  int rows = 0, columns = 0;
  for (const Expr expr : topological_order(pool, stage_roots(pool, stage))) {
    const ExprNode& node = pool.node(expr);
    if (node.op != ScalarOp::reduce || !is_shared(pool, node)) continue;
    const std::span<const Axis> axes = pool.axis_list(node);
    found.terms = std::max(found.terms, points_of(pool, axes));
    for (const Expr below : topological_order(pool, std::span(node.operand, 1))) {
      if (pool.node(below).op != ScalarOp::load) continue;
      const Index at = pool.index_list(pool.node(below))[0];
      const auto runs = [&](Axis axis) { return stride_of(pool, at, axis) == 1; };
      rows += std::ranges::any_of(axes, runs);
      columns += !stage.axes.empty() && runs(stage.axes.back());
    }
  }
  found.along_rows = rows >= columns;
  return found;
}

/// Do blocks rather than threads take the points of a kernel of one stage?
bool by_rows(const Reductions& reductions, std::int64_t points) {
  if (reductions.terms < worth_sharing) return false;
  if (reductions.along_rows) return points < 16 * fills_machine;
  return points < fills_machine / 8 && reductions.terms >= 8 * worth_sharing;
}

} // namespace

std::vector<Axis> parallel_axes(const Stage& stage) {
  std::vector<Axis> axes;
  for (std::size_t i = 0; i < stage.axes.size(); ++i)
    if (!stage.serial[i]) axes.push_back(stage.axes[i]);
  return axes;
}

bool is_shared(const ExprPool& pool, const ExprNode& reduction) {
  return points_of(pool, pool.axis_list(reduction)) >= worth_sharing;
}

Mapping map_kernel(const Kernel& kernel) {
  const ExprPool& pool = kernel.pool;
  Mapping mapping{.axes = kernel.axes, .run = run_length(kernel)};
  std::int64_t inside = 1; // points or terms that a block shares
  for (const Stage& stage : kernel.stages)
    inside =
        std::max({inside, points_of(pool, parallel_axes(stage)), reductions_of(pool, stage).terms});
  mapping.kind = Mapping::Kind::rows;
  if (kernel.stages.size() == 1 && mapping.run == 1) {
    const Stage& stage = kernel.stages[0];
    const std::vector<Axis> own = parallel_axes(stage);
    mapping.axes.insert(mapping.axes.end(), own.begin(), own.end());
    const Reductions reductions = reductions_of(pool, stage);
    const bool serial = own.size() < stage.axes.size();
    if (serial || !by_rows(reductions, points_of(pool, mapping.axes)))
      mapping.kind = Mapping::Kind::points;
    inside = reductions.terms;
  }
  mapping.points = (points_of(pool, mapping.axes) + mapping.run - 1) / mapping.run;
  const bool points = mapping.kind == Mapping::Kind::points;
  mapping.threads = whole_warps(points ? mapping.points : inside);
  mapping.blocks =
      points ? (mapping.points + mapping.threads - 1) / mapping.threads : mapping.points;
  mapping.blocks = std::min(mapping.blocks, most_blocks);
  return mapping;
}

} // namespace nnc::cuda
