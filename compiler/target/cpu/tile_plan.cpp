#include "compiler/target/cpu/tile_plan.h"

#include "ir/kernel/bounds.h"
#include "ir/kernel/prepare.h"

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
constexpr std::int64_t much_larger = 2;  ///< a packed copy than what it is made of: windows overlap

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

/// The linear index of a factor that is just a load, guarded or not.
std::optional<Index> access_of(const ExprPool& pool, Expr factor, DType dtype) {
  const ExprNode& node = pool.node(factor);
  if (node.op != ScalarOp::load || node.dtype != dtype || node.source >= local_buffer)
    return std::nullopt;
  return pool.index_list(node)[0];
}

/// That of one which is not guarded.
std::optional<Index> plain_access(const ExprPool& pool, Expr factor, DType dtype) {
  if (pool.node(factor).guard.valid()) return std::nullopt;
  return access_of(pool, factor, dtype);
}

/// Strides of an index along axes; nullopt where it divides one of them.
std::optional<std::vector<std::int64_t>> strides_of(const ExprPool& pool, Index index,
                                                    std::span<const Axis> axes) {
  std::vector<std::int64_t> strides;
  for (const Axis axis : axes) {
    const auto stride = stride_of(pool, index, axis);
    if (!stride) return std::nullopt;
    strides.push_back(*stride);
  }
  return strides;
}

/// The summed axes as memory has them: long strides of b outside. Where they come to more than a
/// block, one that is long enough to be cut goes first; the last stays where it is.
void choose_k_order(const ExprPool& pool, TilePlan& plan) {
  std::vector<Axis> axes = plan.form.k;
  std::erase_if(axes, [&](Axis axis) { return extent_of(pool, axis) == 1; });
  if (axes.empty()) axes = {plan.form.k[0]};
  if (const auto access = access_of(pool, plan.form.b, plan.dtype))
    if (strides_of(pool, *access, axes))
      std::ranges::stable_sort(axes, std::greater<>{}, [&](Axis axis) {
        return std::abs(*stride_of(pool, *access, axis));
      });
  if (axes.size() > 1 && points(pool, std::span(axes).subspan(1)) > longest_block) {
    const auto longest = std::ranges::max_element(axes.begin(), axes.end() - 1, {},
                                                  [&](Axis axis) { return extent_of(pool, axis); });
    std::rotate(axes.begin(), longest, longest + 1);
  }
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

/// The innermost of some nested axes that go on evenly as one.
struct Run {
  std::int64_t step = 0, length = 1;
  std::size_t outer = 0; ///< axes around it
};

Run longest_run(const ExprPool& pool, std::span<const Axis> axes,
                std::span<const std::int64_t> strides) {
  Run run{.step = strides.back(), .length = extent_of(pool, axes.back()), .outer = axes.size() - 1};
  while (run.outer > 0 && strides[run.outer - 1] == run.step * run.length) {
    --run.outer;
    run.length *= extent_of(pool, axes[run.outer]);
  }
  return run;
}

/// Strides in a: where it is read in place, else in its packed rows.
std::vector<std::int64_t> choose_a(const ExprPool& pool, TilePlan& plan) {
  const std::vector<Axis> axes = plan.k_axes();
  const Axis last_m = plan.form.m.back();
  const auto access = plain_access(pool, plan.form.a, plan.dtype);
  auto strides = access ? strides_of(pool, *access, axes) : std::nullopt;
  if (strides && plan.form.m.size() == 1) {
    const auto row = stride_of(pool, *access, last_m);
    const Run run = longest_run(pool, axes, *strides);
    if (row && run.outer == 0 && (*row == 1 || run.step == 1)) {
      plan.a_direct = true;
      plan.a_along_k = run.step == 1;
      plan.a_stride = plan.a_along_k ? *row : run.step;
      return *strides;
    }
  }
  plan.a_along_k = plan.form.m.size() > 1 || contiguity(pool, plan.form.a, last_m) <=
                                                 contiguity(pool, plan.form.a, axes.back());
  plan.a_stride = plan.a_along_k ? (plan.block_positions() + 15) / 16 * 16
                                 : static_cast<std::int64_t>(plan.lanes);
  std::vector<std::int64_t> packed(axes.size());
  std::int64_t step = plan.a_along_k ? 1 : plan.a_stride;
  for (std::size_t i = axes.size(); i-- > 0; step *= extent_of(pool, axes[i])) packed[i] = step;
  return packed;
}

/// The bound that a condition sets for a level; nullopt if it speaks of what is not known there.
std::optional<TileLevel::Bound> bound_of(ExprPool& pool, const TilePlan& plan, Axis axis,
                                         const IndexCondition& condition) {
  IndexPool& indices = pool.indices();
  const auto along = stride_of(pool, condition.index, axis);
  if (!along || std::abs(*along) != 1 || !indices.data_of(condition.index).empty())
    return std::nullopt;
  const Index rest = indices.sub(condition.index, indices.mul(indices.of(axis), *along));
  const auto known = [&](Axis other) {
    return std::ranges::find(plan.n_outer, other) != plan.n_outer.end() ||
           std::ranges::find(plan.form.batch, other) != plan.form.batch.end();
  };
  if (!std::ranges::all_of(indices.axes_of(rest), known)) return std::nullopt;
  return TileLevel::Bound{rest, condition.range, *along < 0};
}

/// Every condition of the guard as a bound of some level.
bool bound_levels(ExprPool& pool, const TilePlan& plan, Expr guard,
                  std::vector<TileLevel>& levels) {
  bool whole = true;
  for (const IndexCondition& condition : conditions_of(pool, guard, &whole)) {
    bool placed = false;
    for (TileLevel& level : levels) {
      const auto bound = bound_of(pool, plan, level.axis, condition);
      if (!bound) continue;
      level.bounds.push_back(*bound);
      placed = true;
      break;
    }
    if (!placed) return false;
  }
  return whole;
}

/// Is b better read where it is than packed?
bool reads_b_in_place(const ExprPool& pool, const TilePlan& plan, Index access, const Run& run) {
  const IndexRange range = pool.indices().range(access);
  const std::int64_t packed = plan.batch * plan.panels() * plan.columns() * plan.block_positions();
  if (packed / much_larger > range.high - range.low + 1) return true;
  if (run.outer > 0) return false;
  const auto bytes = static_cast<std::int64_t>(dtype_size(plan.dtype));
  const bool spread = run.step * bytes % far_apart != 0 && plan.block_positions() <= few_positions;
  return plan.tiles() <= (spread ? tiles_without_packing_of_spread_rows : tiles_without_packing);
}

/// Reads b in place if that is possible and better.
bool choose_b_in_place(ExprPool& pool, TilePlan& plan, std::span<const std::int64_t> a_strides) {
  const ExprNode b = pool.node(plan.form.b);
  const std::vector<Axis> axes = plan.k_axes();
  const auto access = access_of(pool, plan.form.b, plan.dtype);
  const auto strides = access ? strides_of(pool, *access, axes) : std::nullopt;
  if (!strides || stride_of(pool, *access, plan.n_axis) != 1 || plan.n % plan.columns() != 0 ||
      plan.blocks() > 1)
    return false;
  const Run run = longest_run(pool, axes, *strides);
  if (run.step <= 0 || !reads_b_in_place(pool, plan, *access, run)) return false;
  std::vector<TileLevel> levels;
  for (std::size_t i = 0; i < run.outer; ++i)
    levels.push_back({.axis = axes[i],
                      .extent = extent_of(pool, axes[i]),
                      .a_step = a_strides[i],
                      .b_step = (*strides)[i]});
  if (b.guard.valid() && !bound_levels(pool, plan, b.guard, levels)) return false;
  plan.b_direct = true;
  plan.b_stride = run.step;
  plan.run = run.length;
  plan.levels = std::move(levels);
  return true;
}

void choose_b(ExprPool& pool, TilePlan& plan, std::span<const std::int64_t> a_strides) {
  if (choose_b_in_place(pool, plan, a_strides)) return;
  const Axis last = plan.k_axes().back();
  plan.b_stride = plan.columns();
  plan.b_along_k =
      contiguity(pool, plan.form.b, last) > contiguity(pool, plan.form.b, plan.n_axis) &&
      topological_order(pool, std::span(&plan.form.b, 1)).size() <= 8;
}

} // namespace

std::vector<Axis> TilePlan::k_axes() const {
  std::vector<Axis> axes{k_outer};
  axes.insert(axes.end(), k_inner.begin(), k_inner.end());
  return axes;
}

double TilePlan::flops() const {
  return 2.0 * static_cast<double>(batch) * static_cast<double>(m) *
         static_cast<double>(n * n_outer_points) *
         static_cast<double>(k_outer_extent * k_inner_points);
}

std::int64_t TilePlan::panel_elements() const {
  const auto unit = static_cast<std::int64_t>(lanes);
  // The squares of the last run of k begin anywhere in the block and are whole.
  const std::int64_t beyond = b_along_k && !k_inner.empty() ? unit - 1 : 0;
  return (block_positions() + beyond + unit - 1) / unit * unit * columns();
}

std::int64_t TilePlan::packed_bytes() const {
  const auto size = static_cast<std::int64_t>(dtype_size(dtype));
  return b_direct ? 0 : batch * panels() * panel_elements() * size;
}

std::int64_t TilePlan::sums_bytes() const {
  const auto size = static_cast<std::int64_t>(dtype_size(dtype));
  return blocks() > 1 ? batch * tiles() * panels() * tile_elements() * size : 0;
}

std::int64_t TilePlan::scratch_bytes() const {
  const std::int64_t bytes = padded_bytes(packed_bytes()) + sums_bytes();
  return bytes ? header_bytes + bytes : 0;
}

std::optional<TilePlan> plan_tiles(Kernel& kernel, const MachineShape& machine) {
  const auto form = find_contraction(kernel);
  if (!form) return std::nullopt;
  ExprPool& pool = kernel.pool;
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
  choose_b(pool, plan, choose_a(pool, plan));
  return plan;
}

} // namespace nnc::cpu
