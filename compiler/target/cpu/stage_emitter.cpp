#include "compiler/target/cpu/stage_emitter.h"

#include "ir/kernel/combiner.h"
#include "ir/kernel/small_stage.h"

#include <llvm/IR/Intrinsics.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace nnc::cpu {
namespace {

constexpr double smallest_vector = 4; ///< elements

double extent_of(const ExprPool& pool, Axis axis) {
  return static_cast<double>(pool.indices().axis(axis).extent);
}

/// Time for one load by how it runs along the vector, against 1 for a single element.
double load_cost(const ExprPool& pool, const ExprNode& load, Axis axis, unsigned lanes) {
  const auto stride = stride_of(pool, pool.index_list(load)[0], axis);
  return stride && std::abs(*stride) <= 1 ? 1.0 / lanes : 1.0;
}

/// Time of the work below a reduction, per result, with `axis` as the vector.
double reduction_cost(const ExprPool& pool, Expr reduction, Axis axis) {
  const ExprNode& node = pool.node(reduction);
  double points = 1;
  for (const Axis bound : pool.axis_list(node)) points *= extent_of(pool, bound);
  const std::vector<Expr> order = topological_order(pool, std::span(node.operand, 1));
  const unsigned lanes = full_lanes(pool, order);
  double cost = 0;
  for (const Expr expr : order)
    if (pool.node(expr).op == ScalarOp::load)
      cost += load_cost(pool, pool.node(expr), axis, lanes);
    else if (pool.node(expr).arity > 0)
      cost += 1.0 / lanes;
  const double extent = extent_of(pool, axis);
  const double used = extent / (std::ceil(extent / lanes) * lanes); // share of the lanes in use
  return cost * points / used;
}

/// Are the reductions that vary with `axis` better off as rows, along an axis of their own?
bool reductions_run_along_rows(const ExprPool& pool, std::span<const Expr> order, Axis axis,
                               unsigned lanes) {
  double along_axis = 0, along_rows = 0;
  for (const Expr expr : order) {
    const ExprNode& node = pool.node(expr);
    if (!depends_on(pool, expr, axis)) continue;
    if (node.op != ScalarOp::reduce) {
      if (node.arity == 0 && node.op != ScalarOp::load) continue;
      const double one =
          node.op == ScalarOp::load ? load_cost(pool, node, axis, lanes) : 1.0 / lanes;
      along_axis += one; // counted for bodies too, which is little beside their loops
      along_rows += 1;
      continue;
    }
    if (is_small_sum(pool, node) && extent_of(pool, axis) <= small_stage_points) continue;
    along_axis += reduction_cost(pool, expr, axis);
    double best = std::numeric_limits<double>::infinity();
    const bool arg = gives_position(node.combiner);
    for (const Axis bound : pool.axis_list(node))
      best = std::min(best, reduction_cost(pool, expr, bound) * (arg ? lanes : 1));
    along_rows += best;
  }
  return along_rows < along_axis;
}

bool has_reduction_over(const ExprPool& pool, std::span<const Expr> order, Axis axis) {
  return std::ranges::any_of(order, [&](Expr expr) {
    return pool.node(expr).op == ScalarOp::reduce && depends_on(pool, expr, axis);
  });
}

/// Rounded up to a power of two, 4 at most.
unsigned reductions(const ExprPool& pool, std::span<const Expr> order) {
  const auto count =
      std::ranges::count(order, ScalarOp::reduce, [&](Expr expr) { return pool.node(expr).op; });
  return std::min(4u, std::bit_ceil(static_cast<unsigned>(count)));
}

int operations(const ExprPool& pool, std::span<const Expr> order) {
  return static_cast<int>(
      std::ranges::count_if(order, [&](Expr expr) { return pool.node(expr).arity > 0; }));
}

/// Is all that the last axis has less than the smallest vector?
bool is_short_of_a_vector(const ExprPool& pool, const Stage& stage) {
  return !stage.axes.empty() && extent_of(pool, stage.axes.back()) < smallest_vector;
}

} // namespace

std::optional<VectorAxis> choose_vector_axis(const ExprPool& pool, const Stage& stage) {
  if (stage.axes.empty() || stage.serial.back()) return std::nullopt;
  const Axis axis = stage.axes.back();
  for (const Store& store : stage.stores)
    if (stride_of(pool, store.at[0], axis) != 1) return std::nullopt;
  const std::vector<Expr> order = topological_order(pool, stage_roots(pool, stage));
  const unsigned full = full_lanes(pool, order);
  const std::int64_t extent = pool.indices().axis(axis).extent;
  unsigned lanes = lanes_for(extent, full);
  if (extent > 1 && is_small_stage(pool, stage))
    lanes = std::bit_ceil(static_cast<unsigned>(extent));
  if (lanes == 1) return std::nullopt;
  if (has_reduction_over(pool, order, axis)) {
    if (reductions_run_along_rows(pool, order, axis, lanes)) return std::nullopt;
    // Columns: four vectors side by side read whole stretches of each row.
    if (extent >= 4 * full && operations(pool, order) <= 8)
      lanes = 4 * full / reductions(pool, order);
  }
  return VectorAxis{axis, lanes};
}

std::vector<Axis> loop_order(const ExprPool& pool, const Stage& stage,
                             const std::optional<VectorAxis>& vector) {
  std::vector<Axis> order = stage.axes;
  if (!vector || std::ranges::find(stage.serial, true) != stage.serial.end()) return order;
  for (const Expr expr : topological_order(pool, stage_roots(pool, stage))) {
    const ExprNode& node = pool.node(expr);
    if (node.op != ScalarOp::load) continue;
    const auto step = stride_of(pool, pool.index_list(node)[0], vector->axis);
    if (!step || std::abs(*step) <= 1) continue;
    for (std::size_t i = 0; i + 1 < order.size(); ++i) {
      if (stride_of(pool, pool.index_list(node)[0], order[i]) != 1) continue;
      std::rotate(order.begin() + static_cast<std::ptrdiff_t>(i),
                  order.begin() + static_cast<std::ptrdiff_t>(i) + 1, order.end());
      return order;
    }
  }
  return order;
}

StageEmitter::StageEmitter(ExprEmitter& emitter, const Stage& stage,
                           std::function<DType(std::uint32_t)> dtype_of, bool read_again)
    : emitter_(emitter), ir_(emitter.ir), stage_(stage), dtype_of_(std::move(dtype_of)),
      vector_(read_again && is_short_of_a_vector(emitter.pool, stage)
                  ? std::nullopt
                  : choose_vector_axis(emitter.pool, stage)),
      loops_(loop_order(emitter.pool, stage, vector_)),
      order_(topological_order(emitter.pool, stage_roots(emitter.pool, stage))),
      written_(loads_of_written(emitter.pool, order_, std::span(&stage, 1))) {}

void StageEmitter::emit(llvm::Value* begin, llvm::Value* end) {
  begin_ = begin;
  end_ = end;
  for (const Axis axis : stage_.axes)
    if (emitter_.pool.indices().axis(axis).extent == 0) return;
  loop(0);
}

void StageEmitter::loop(std::size_t depth) {
  const ExprEmitter::Scope scope(emitter_);
  if (depth == loops_.size()) return point();
  emitter_.emit(order_, &written_);
  const Axis axis = loops_[depth];
  const std::int64_t extent = emitter_.pool.indices().axis(axis).extent;
  const bool part = axis == stage_.axes[0] && begin_;
  llvm::Value* begin = part ? begin_ : ir_.getInt64(0);
  llvm::Value* end = part ? end_ : number(ir_, extent);
  if (vector_ && vector_->axis == axis) return vector_loop(depth, begin, end);
  Loop loop(ir_, begin, end, 1, "loop");
  emitter_.bind(axis, loop.index());
  this->loop(depth + 1);
  emitter_.unbind(axis);
  loop.close();
}

void StageEmitter::vector_loop(std::size_t depth, llvm::Value* begin, llvm::Value* end) {
  const Axis axis = vector_->axis;
  const unsigned lanes = vector_->lanes;
  const std::int64_t extent = emitter_.pool.indices().axis(axis).extent;
  const std::int64_t whole = extent / lanes * lanes;
  const auto step = [&](llvm::Value* first, llvm::Value* mask) {
    emitter_.bind_vector(axis, first, lanes, mask);
    loop(depth + 1);
    emitter_.unbind(axis);
  };
  llvm::Value* limit = number(ir_, whole);
  const auto vectors = [&](llvm::Value* to) {
    Loop loop(ir_, begin, to, lanes, "vector");
    step(loop.index(), nullptr);
    loop.close();
  };
  const auto tail = [&] { step(limit, opaque_lane_mask(ir_, lanes, extent - whole)); };
  if (llvm::isa<llvm::Constant>(begin)) {
    if (whole == lanes)
      step(begin, nullptr);
    else if (whole > 0)
      vectors(limit);
    if (whole < extent) tail();
    return;
  }
  llvm::Value* to = ir_.CreateBinaryIntrinsic(llvm::Intrinsic::smin, end, limit);
  emit_if(ir_, ir_.CreateICmpSLT(begin, to), [&] { vectors(to); });
  if (whole < extent) emit_if(ir_, ir_.CreateICmpEQ(end, number(ir_, extent)), tail);
}

/// All values of a point are computed before the first is stored.
void StageEmitter::point() {
  emitter_.emit(order_);
  for (const Store& store : stage_.stores)
    emitter_.store(store, dtype_of_(store.buffer), emitter_.value(store.value));
}

} // namespace nnc::cpu
