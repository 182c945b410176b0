// Reductions: loops over the reduced axes around accumulators.
//
// Where the result is a single element and the operands run along a reduced axis, that axis is the
// vector: 16 logical lanes (8 for 8-byte elements; four times as many for long, light sums) that
// are joined pairwise at the end. The number of lanes depends on shapes and expressions alone,
// never on the CPU. (The C and CUDA targets have orders of their own.) Where the results are a
// vector, so are the accumulators, and reductions over as many places that are ready at the same
// time share their loops: what several of them read is read once.
#include "compiler/target/cpu/expr_emitter.h"

#include "compiler/target/cpu/scalar_ops.h"
#include "ir/kernel/combiner.h"

#include <algorithm>
#include <limits>

namespace nnc::cpu {

struct ExprEmitter::Reduction {
  Combiner combiner;
  DType dtype; ///< of the elements
  Expr body;
  std::vector<Axis> axes; ///< loops, outermost first, without the vector axis
  std::optional<Axis> vector_axis;
  unsigned vector_lanes = 1;     ///< of vector_axis
  std::vector<Expr> order;       ///< below the body, operands first
  std::vector<Reduction> beside; ///< in the same loops; they have no vector axis and none beside
};

namespace {

/// What a reduction of nothing gives.
llvm::Constant* identity(llvm::LLVMContext& context, Combiner combiner, DType dtype) {
  llvm::Type* type = value_type(context, dtype);
  if (combiner == Combiner::sum) return llvm::Constant::getNullValue(type);
  if (combiner == Combiner::prod)
    return type->isFloatingPointTy() ? llvm::ConstantFP::get(type, 1.0)
                                     : llvm::ConstantInt::get(type, 1);
  const bool largest = is_largest(combiner);
  if (type->isFloatingPointTy()) return llvm::ConstantFP::getInfinity(type, largest);
  const unsigned bits = type->getIntegerBitWidth();
  if (is_signed(dtype))
    return llvm::ConstantInt::get(type, largest ? llvm::APInt::getSignedMinValue(bits)
                                                : llvm::APInt::getSignedMaxValue(bits));
  return llvm::ConstantInt::get(type, largest ? llvm::APInt::getMinValue(bits)
                                              : llvm::APInt::getMaxValue(bits));
}

llvm::Value* combine(IR& ir, Combiner combiner, DType dtype, llvm::Value* a, llvm::Value* b) {
  if (combiner == Combiner::max || combiner == Combiner::min)
    return emit_extreme(ir, is_largest(combiner), dtype, a, b);
  const ScalarOp op = combiner == Combiner::sum ? ScalarOp::add : ScalarOp::mul;
  const DType dtypes[] = {dtype, dtype};
  llvm::Value* const operands[] = {a, b};
  return emit_operation(ir, {.op = op, .dtype = dtype, .arity = 2}, dtypes, operands);
}

/// Does x take the place of the best so far? The first NaN stays.
llvm::Value* is_better(IR& ir, Combiner combiner, DType dtype, llvm::Value* x, llvm::Value* best) {
  const bool largest = is_largest(combiner);
  if (!is_float(dtype)) {
    if (is_signed(dtype)) return largest ? ir.CreateICmpSGT(x, best) : ir.CreateICmpSLT(x, best);
    return largest ? ir.CreateICmpUGT(x, best) : ir.CreateICmpULT(x, best);
  }
  llvm::Value* beyond = largest ? ir.CreateFCmpOGT(x, best) : ir.CreateFCmpOLT(x, best);
  llvm::Value* first_nan = ir.CreateAnd(ir.CreateFCmpUNO(x, x), ir.CreateFCmpORD(best, best));
  return ir.CreateOr(beyond, first_nan);
}

/// Joins the lanes of a vector: upper half to lower half until one is left.
llvm::Value* join_lanes(IR& ir, Combiner combiner, DType dtype, llvm::Value* vector) {
  for (unsigned lanes = lane_count(vector); lanes > 1; lanes /= 2) {
    std::vector<int> low, high;
    for (unsigned i = 0; i < lanes / 2; ++i) {
      low.push_back(static_cast<int>(i));
      high.push_back(static_cast<int>(i + lanes / 2));
    }
    llvm::Value* a = ir.CreateShuffleVector(vector, low);
    llvm::Value* b = ir.CreateShuffleVector(vector, high);
    if (lanes == 2) {
      a = ir.CreateExtractElement(vector, std::uint64_t{0});
      b = ir.CreateExtractElement(vector, std::uint64_t{1});
    }
    vector = combine(ir, combiner, dtype, a, b);
  }
  return vector;
}

/// Reduced axes that are long and cheap get four accumulators, which hide the latency of the sum.
bool is_long_and_light(const ExprPool& pool, std::span<const Expr> order, std::int64_t extent) {
  int work = 0;
  for (const Expr expr : order)
    if (pool.node(expr).arity > 0) ++work;
  return extent >= 256 && work <= 3;
}

} // namespace

/// The reduced axis along which most loads run, if they run along one at all.
std::optional<Axis> ExprEmitter::reduced_vector_axis(const ExprNode& node, unsigned& lanes) const {
  const std::vector<Expr> order = topological_order(pool, std::span(node.operand, 1));
  std::optional<Axis> best;
  int best_score = 0;
  for (const Axis axis : pool.axis_list(node)) {
    int score = 0, loads = 0;
    for (const Expr expr : order) {
      if (pool.node(expr).op != ScalarOp::load || !depends_on(pool, expr, axis)) continue;
      const auto stride = stride_of(pool, pool.index_list(pool.node(expr))[0], axis);
      ++loads;
      score += stride && std::abs(*stride) <= 1 ? 2 : -1;
    }
    if (loads == 0) score = 1; // computed from the index alone
    const std::int64_t extent = pool.indices().axis(axis).extent;
    if (score <= best_score || lanes_for(extent, full_lanes(pool, order)) == 1) continue;
    best = axis;
    best_score = score;
    lanes = lanes_for(extent, full_lanes(pool, order));
    if (is_long_and_light(pool, order, extent)) lanes *= 4;
  }
  return best;
}

ExprEmitter::Reduction ExprEmitter::reduction_of(Expr expr) const {
  const ExprNode& node = pool.node(expr);
  return {.combiner = node.combiner,
          .dtype = pool.dtype(node.operand[0]),
          .body = node.operand[0],
          .axes = {pool.axis_list(node).begin(), pool.axis_list(node).end()},
          .vector_axis = {},
          .order = topological_order(pool, std::span(node.operand, 1)),
          .beside = {}};
}

/// Those of `waiting` that can go through the loops of `expr` too: over as many places, with as
/// many results, and with every reduction that they need done.
std::vector<Expr> ExprEmitter::reductions_beside(Expr expr, std::span<const Expr> waiting) const {
  const auto extents = [&](Expr each) {
    std::vector<std::int64_t> list;
    for (const Axis axis : pool.axis_list(pool.node(each)))
      list.push_back(pool.indices().axis(axis).extent);
    return list;
  };
  std::vector<Expr> found;
  for (const Expr other : waiting) {
    const ExprNode& node = pool.node(other);
    if (node.op != ScalarOp::reduce || other.id == expr.id || values_.contains(other.id)) continue;
    if (gives_position(node.combiner) || !known(other) || varies(other) != varies(expr)) continue;
    if (extents(other) != extents(expr)) continue;
    const std::vector<Expr> below = topological_order(pool, std::span(node.operand, 1));
    if (std::ranges::none_of(below, [&](Expr part) {
          return pool.node(part).op == ScalarOp::reduce && !values_.contains(part.id);
        }))
      found.push_back(other);
  }
  return found;
}

llvm::Value* ExprEmitter::reduce(Expr expr, std::span<const Expr> waiting) {
  const ExprNode& node = pool.node(expr);
  Reduction reduction = reduction_of(expr);
  const unsigned result_lanes = varies(expr) ? lanes_ : 1;
  if (!vector_axis_ && !gives_position(node.combiner)) {
    reduction.vector_axis = reduced_vector_axis(node, reduction.vector_lanes);
    if (reduction.vector_axis) std::erase(reduction.axes, *reduction.vector_axis);
  }
  const unsigned lanes = reduction.vector_axis ? reduction.vector_lanes : result_lanes;
  Accumulators start{splat(ir, identity(ir.getContext(), node.combiner, reduction.dtype), lanes)};
  std::vector<Expr> beside;
  if (gives_position(node.combiner))
    start.push_back(splat(ir, ir.getInt64(0), lanes));
  else if (vector_axis_)
    beside = reductions_beside(expr, waiting);
  for (const Expr other : beside) {
    const Reduction& part = reduction.beside.emplace_back(reduction_of(other));
    start.push_back(splat(ir, identity(ir.getContext(), part.combiner, part.dtype), lanes));
  }
  const bool empty = std::ranges::any_of(
      pool.axis_list(node), [&](Axis axis) { return pool.indices().axis(axis).extent == 0; });
  const Accumulators total = empty ? start : reduce_loops(reduction, 0, start);
  if (gives_position(node.combiner)) return total[1];
  for (std::size_t i = 0; i < beside.size(); ++i) set_value(beside[i], total[i + 1]);
  return reduction.vector_axis ? join_lanes(ir, node.combiner, reduction.dtype, total[0])
                               : total[0];
}

ExprEmitter::Accumulators ExprEmitter::reduce_loops(const Reduction& reduction, std::size_t depth,
                                                    Accumulators start) {
  if (depth == reduction.axes.size())
    return reduction.vector_axis ? reduce_vector_axis(reduction, std::move(start))
                                 : accumulate_all(reduction, start);
  const Axis axis = reduction.axes[depth];
  const std::int64_t extent = pool.indices().axis(axis).extent;
  if (extent <= unrolled_extent_) {
    for (std::int64_t i = 0; i < extent; ++i)
      start = reduce_step(reduction, depth, number(ir, i), std::move(start));
    return start;
  }
  Loop loop(ir, ir.getInt64(0), number(ir, extent), 1, "reduce");
  std::vector<llvm::PHINode*> carried;
  for (llvm::Value* value : start) carried.push_back(loop.carry(value));
  const Accumulators inner =
      reduce_step(reduction, depth, loop.index(), Accumulators(carried.begin(), carried.end()));
  for (std::size_t i = 0; i < carried.size(); ++i) loop.update(carried[i], inner[i]);
  loop.close();
  return inner;
}

/// What is accumulated at one index of the axis at `depth`.
ExprEmitter::Accumulators ExprEmitter::reduce_step(const Reduction& reduction, std::size_t depth,
                                                   llvm::Value* index, Accumulators before) {
  bind(reduction.axes[depth], index);
  for (const Reduction& other : reduction.beside) bind(other.axes[depth], index);
  {
    const Scope scope(*this);
    emit(reduction.order);
    for (const Reduction& other : reduction.beside) emit(other.order);
    before = reduce_loops(reduction, depth + 1, std::move(before));
  }
  unbind(reduction.axes[depth]);
  for (const Reduction& other : reduction.beside) unbind(other.axes[depth]);
  return before;
}

ExprEmitter::Accumulators ExprEmitter::reduce_vector_axis(const Reduction& reduction,
                                                          Accumulators start) {
  const Axis axis = *reduction.vector_axis;
  const std::int64_t extent = pool.indices().axis(axis).extent;
  const unsigned lanes = reduction.vector_lanes;
  const std::int64_t whole = extent / lanes * lanes;
  const auto step = [&](llvm::Value* first, llvm::Value* mask, const Accumulators& before) {
    bind_vector(axis, first, lanes, mask);
    Accumulators after;
    {
      const Scope scope(*this);
      emit(reduction.order);
      after = accumulate(reduction, before, mask);
    }
    unbind(axis);
    return after;
  };
  if (whole > 0) {
    Loop loop(ir, ir.getInt64(0), number(ir, whole), lanes, "lanes");
    llvm::PHINode* carried = loop.carry(start[0]);
    const Accumulators after = step(loop.index(), nullptr, {carried});
    loop.update(carried, after[0]);
    loop.close();
    start = after;
  }
  if (whole == extent) return start;
  return step(number(ir, whole), lane_mask(ir, lanes, extent - whole), start);
}

/// One step of a reduction and of those beside it.
ExprEmitter::Accumulators ExprEmitter::accumulate_all(const Reduction& reduction,
                                                      const Accumulators& before) {
  if (reduction.beside.empty()) return accumulate(reduction, before, nullptr);
  Accumulators after = accumulate(reduction, {before[0]}, nullptr);
  for (std::size_t i = 0; i < reduction.beside.size(); ++i)
    after.push_back(accumulate(reduction.beside[i], {before[i + 1]}, nullptr)[0]);
  return after;
}

/// One step: the body's value joins the accumulators (in the lanes of `mask`).
ExprEmitter::Accumulators ExprEmitter::accumulate(const Reduction& reduction,
                                                  const Accumulators& before, llvm::Value* mask) {
  const unsigned lanes = lane_count(before[0]);
  const auto operand = [&](Expr expr) { return splat(ir, value(expr), lanes); };
  if (gives_position(reduction.combiner)) {
    llvm::Value* x = operand(reduction.body);
    llvm::Value* better = is_better(ir, reduction.combiner, reduction.dtype, x, before[0]);
    llvm::Value* position = splat(ir, axes_.at(reduction.axes.back().id), lanes);
    return {ir.CreateSelect(better, x, before[0]), ir.CreateSelect(better, position, before[1])};
  }
  const ExprNode& body = pool.node(reduction.body);
  llvm::Value* after = nullptr;
  if (reduction.combiner == Combiner::sum && body.op == ScalarOp::mul &&
      (reduction.dtype == DType::f32 || reduction.dtype == DType::f64))
    after = ir.CreateIntrinsic(llvm::Intrinsic::fma, {before[0]->getType()},
                               {operand(body.operand[0]), operand(body.operand[1]), before[0]});
  else
    after = combine(ir, reduction.combiner, reduction.dtype, before[0], operand(reduction.body));
  return {mask ? ir.CreateSelect(mask, after, before[0]) : after};
}

} // namespace nnc::cpu
