#include "compiler/target/cpu/tile_plan.h"

#include "compiler/target/cpu/prepare.h"

#include <algorithm>
#include <limits>

namespace nnc::cpu {
namespace {

constexpr double least_products = 4096;      ///< below, packing costs more than tiles gain
constexpr std::int64_t longest_block = 1024; ///< summed positions in one block
constexpr std::int64_t wanted_block = 512;   ///< when there are several blocks
constexpr std::int64_t tiles_without_packing = 2;
// As many as a copy of b would cost where its rows do not push each other out of the cache.
constexpr std::int64_t tiles_without_packing_of_spread_rows = 8, few_positions = 512;
constexpr std::int64_t far_apart = 1024; ///< bytes; rows at multiples share few places

struct TileShape {
  unsigned vectors;
  std::int64_t rows;
  double cost; ///< per column, relative to the best
};
// At most 24 accumulators: with more, some schedules spill.
constexpr TileShape wide_shapes[] = {{4, 6, 1.0}, {3, 8, 1.0}, {2, 8, 1.1}, {1, 8, 1.6}};
constexpr TileShape narrow_shapes[] = {{1, 6, 1.0}};

std::int64_t points(const ExprPool& pool, std::span<const Axis> axes) {
  std::int64_t count = 1;
  for (const Axis axis : axes) count *= pool.indices().axis(axis).extent;
  return count;
}

std::int64_t extent_of(const ExprPool& pool, Axis axis) { return pool.indices().axis(axis).extent; }

void choose_shape(TilePlan& plan, const MachineShape& machine) {
  const std::span<const TileShape> shapes =
      machine.wide_vectors ? std::span<const TileShape>(wide_shapes) : narrow_shapes;
  double least = std::numeric_limits<double>::infinity();
  for (const TileShape& shape : shapes) {
    const std::int64_t columns = static_cast<std::int64_t>(shape.vectors * plan.lanes);
    const double cost =
        static_cast<double>((plan.n + columns - 1) / columns * columns) * shape.cost;
    if (cost >= least) continue;
    least = cost;
    plan.vectors = shape.vectors;
    plan.rows = std::min(shape.rows, plan.m);
  }
}

/// Loads in `factor` that run along `axis`, minus those that jump along it.
int contiguity(const ExprPool& pool, Expr factor, Axis axis) {
  int score = 0;
  for (const Expr expr : topological_order(pool, std::span(&factor, 1))) {
    if (pool.node(expr).op != ScalarOp::load || !depends_on(pool, expr, axis)) continue;
    const auto stride = stride_of(pool, pool.index_list(pool.node(expr))[0], axis);
    score += stride && *stride == 1 ? 1 : -1;
  }
  return score;
}

/// The linear index of a factor that is just a load, all of its axes outside of divisions.
std::optional<Index> plain_access(const ExprPool& pool, Expr factor, DType dtype) {
  const ExprNode& node = pool.node(factor);
  if (node.op != ScalarOp::load || node.guard.valid() || node.dtype != dtype ||
      node.source >= local_buffer)
    return std::nullopt;
  return pool.index_list(node)[0];
}

void choose_k_order(const ExprPool& pool, TilePlan& plan) {
  std::vector<Axis> axes = plan.form.k;
  std::erase_if(axes, [&](Axis axis) { return extent_of(pool, axis) == 1; });
  if (axes.empty()) axes = {plan.form.k[0]};
  if (points(pool, std::span(axes).subspan(1)) > longest_block)
    std::ranges::stable_sort(axes, std::greater<>{},
                             [&](Axis axis) { return extent_of(pool, axis); });
  plan.k_outer = axes[0];
  plan.k_inner.assign(axes.begin() + 1, axes.end());
  plan.k_outer_extent = extent_of(pool, plan.k_outer);
  plan.k_inner_points = points(pool, plan.k_inner);
  const std::int64_t k = plan.k_outer_extent * plan.k_inner_points;
  if (k <= longest_block) {
    plan.k_block = plan.k_outer_extent;
    return;
  }
  const std::int64_t blocks = (k + wanted_block - 1) / wanted_block;
  plan.k_block = std::max<std::int64_t>((plan.k_outer_extent + blocks - 1) / blocks, 1);
}

void choose_a(const ExprPool& pool, TilePlan& plan) {
  const Axis last_k = plan.k_inner.empty() ? plan.k_outer : plan.k_inner.back();
  const Axis last_m = plan.form.m.back();
  const auto access = plain_access(pool, plan.form.a, plan.dtype);
  if (access && plan.form.m.size() == 1 && plan.k_inner.empty()) {
    const auto row = stride_of(pool, *access, last_m), step = stride_of(pool, *access, last_k);
    if (row && step && (*row == 1 || *step == 1)) {
      plan.a_direct = true;
      plan.a_along_k = *step == 1;
      plan.a_stride = plan.a_along_k ? *row : *step;
      return;
    }
  }
  plan.a_along_k = plan.form.m.size() > 1 ||
                   contiguity(pool, plan.form.a, last_m) <= contiguity(pool, plan.form.a, last_k);
  plan.a_stride = plan.a_along_k ? (plan.block_positions() + 15) / 16 * 16
                                 : static_cast<std::int64_t>(plan.lanes);
}

void choose_b(const ExprPool& pool, TilePlan& plan) {
  const Axis last_k = plan.k_inner.empty() ? plan.k_outer : plan.k_inner.back();
  const auto access = plain_access(pool, plan.form.b, plan.dtype);
  if (access && plan.n % plan.columns() == 0 && plan.k_inner.empty() && plan.blocks() == 1) {
    const auto column = stride_of(pool, *access, plan.n_axis);
    const auto step = stride_of(pool, *access, last_k);
    const auto bytes = static_cast<std::int64_t>(dtype_size(plan.dtype));
    const bool spread =
        step && *step * bytes % far_apart != 0 && plan.block_positions() <= few_positions;
    const std::int64_t most_tiles =
        spread ? tiles_without_packing_of_spread_rows : tiles_without_packing;
    if (column && step && *column == 1 && *step > 0 && plan.tiles() <= most_tiles) {
      plan.b_direct = true;
      plan.b_stride = *step;
      return;
    }
  }
  plan.b_stride = plan.columns();
  plan.b_along_k =
      contiguity(pool, plan.form.b, last_k) > contiguity(pool, plan.form.b, plan.n_axis) &&
      topological_order(pool, std::span(&plan.form.b, 1)).size() <= 8;
}

} // namespace

double TilePlan::flops() const {
  return 2.0 * static_cast<double>(batch) * static_cast<double>(m) *
         static_cast<double>(n * n_outer_points) *
         static_cast<double>(k_outer_extent * k_inner_points);
}

std::optional<TilePlan> plan_tiles(const Kernel& kernel, const MachineShape& machine) {
  const auto form = find_contraction(kernel);
  if (!form) return std::nullopt;
  const ExprPool& pool = kernel.pool;
  const Stage& stage = kernel.stages[0];
  TilePlan plan;
  plan.form = *form;
  plan.dtype = pool.dtype(form->reduction);
  if (plan.dtype != DType::f32 && plan.dtype != DType::f64) return std::nullopt;
  if (std::ranges::find(stage.serial, true) != stage.serial.end()) return std::nullopt;
  if (form->n.back() != stage.axes.back()) return std::nullopt;
  for (const Store& store : stage.stores)
    if (store.accumulate || stride_of(pool, store.at[0], form->n.back()) != 1) return std::nullopt;
  plan.lanes = plan.dtype == DType::f64 ? 8 : 16;
  plan.batch = points(pool, form->batch);
  plan.m = points(pool, form->m);
  plan.n_axis = form->n.back();
  plan.n = extent_of(pool, plan.n_axis);
  plan.n_outer.assign(form->n.begin(), form->n.end() - 1);
  plan.n_outer_points = points(pool, plan.n_outer);
  choose_shape(plan, machine);
  choose_k_order(pool, plan);
  if (plan.flops() < 2 * least_products || plan.n < 5 || plan.m < 2) return std::nullopt;
  if (plan.block_positions() > 4 * longest_block) return std::nullopt;
  choose_a(pool, plan);
  choose_b(pool, plan);
  return plan;
}

} // namespace nnc::cpu
