#include "ir/kernel/prepare.h"

#include "ir/kernel/rewrite.h"
#include "ir/kernel/small_stage.h"
#include "ir/math/expand.h"

#include <algorithm>

namespace nnc {
namespace {

/// Rewrites all that a kernel computes; its pool grows.
void rewrite_stores(Kernel& kernel, Rewriter& rewriter) {
  for (Stage& stage : kernel.stages)
    for (Store& store : stage.stores) {
      store.value = rewriter.expr(store.value);
      if (store.guard.valid()) store.guard = rewriter.expr(store.guard);
      for (Index& index : store.at) index = rewriter.index(index);
    }
}

void expand_and_linearize(Kernel& kernel, std::span<const Buffer> buffers,
                          std::span<const KernelOperand> operands, KeptOps kept) {
  ExprPool& pool = kernel.pool;
  const auto position = [&](std::uint32_t buffer, std::span<const Index> at) {
    if (buffer >= local_buffer)
      return linearize(pool.indices(), at, kernel.locals[buffer - local_buffer].type.shape);
    const Index whole = linearize(pool.indices(), at, buffers[buffer].type.shape);
    const auto operand = std::ranges::find(operands, buffer, &KernelOperand::buffer);
    return pool.indices().add(whole, -operand->first);
  };
  Rewriter rewriter(pool, pool);
  rewriter.on_leaf = [&](const ExprNode& node, std::span<const Index> at, Expr guard) {
    const Index linear = position(node.source, at);
    return pool.load(node.source, node.dtype, std::span(&linear, 1), guard);
  };
  rewriter.on_operation = [&](const ExprNode& node, std::span<const Expr> operands) {
    return kept(node.op) ? Expr{} : expand_function(pool, node.op, operands);
  };
  rewrite_stores(kernel, rewriter);
  for (Stage& stage : kernel.stages)
    for (Store& store : stage.stores) store.at = {position(store.buffer, store.at)};
}

/// Every index below some roots, split into those of accesses and those used as numbers.
struct Indices {
  std::vector<Index> accesses, numbers;
};

void collect(const ExprPool& pool, std::span<const Expr> roots, Indices& found) {
  for (const Expr expr : topological_order(pool, roots)) {
    const ExprNode& node = pool.node(expr);
    if (node.op == ScalarOp::load) found.accesses.push_back(pool.index_list(node)[0]);
    if (node.op == ScalarOp::index) found.numbers.push_back(Index{node.source});
  }
}

bool mentions(const ExprPool& pool, Index index, Axis axis) {
  return std::ranges::find(pool.indices().axes_of(index), axis) !=
         pool.indices().axes_of(index).end();
}

/// Do `outer` and `inner` together run through every access as one axis would?
bool joinable(const ExprPool& pool, const Indices& found, Axis outer, Axis inner) {
  for (const Index number : found.numbers)
    if (mentions(pool, number, outer) || mentions(pool, number, inner)) return false;
  const std::int64_t extent = pool.indices().axis(inner).extent;
  if (extent == 0) return false;
  for (const Index access : found.accesses) {
    const auto a = stride_of(pool, access, outer), b = stride_of(pool, access, inner);
    if (!a || !b || *a != *b * extent) return false;
  }
  return true;
}

struct Joined {
  Axis axis;
  Index outer, inner;
};

Joined join(IndexPool& indices, Axis outer, Axis inner) {
  const AxisInfo a = indices.axis(outer), b = indices.axis(inner);
  const Axis both = indices.new_axis(a.extent * b.extent, a.name + b.name);
  return {both, indices.floor_div(indices.of(both), b.extent),
          indices.mod(indices.of(both), b.extent)};
}

/// Joins neighbours within one list of loop axes; says whether it did.
bool join_once(Kernel& kernel, std::vector<Axis>& axes, std::vector<bool>* serial,
               const Indices& found) {
  for (std::size_t i = axes.size(); i-- > 1;) {
    if (serial && ((*serial)[i] || (*serial)[i - 1])) continue;
    if (!joinable(kernel.pool, found, axes[i - 1], axes[i])) continue;
    const Joined joined = join(kernel.pool.indices(), axes[i - 1], axes[i]);
    Rewriter rewriter(kernel.pool, kernel.pool);
    rewriter.map_axis(axes[i - 1], joined.outer);
    rewriter.map_axis(axes[i], joined.inner);
    rewrite_stores(kernel, rewriter);
    axes[i - 1] = joined.axis;
    axes.erase(axes.begin() + static_cast<std::ptrdiff_t>(i));
    if (serial) serial->erase(serial->begin() + static_cast<std::ptrdiff_t>(i));
    return true;
  }
  return false;
}

/// All axes of a small stage become one that its stores run along, whatever its loads do.
void join_small_stage(Kernel& kernel, Stage& stage) {
  if (!is_small_stage(kernel.pool, stage)) return;
  Indices stores;
  do {
    stores = {};
    for (const Store& store : stage.stores) stores.accesses.push_back(store.at[0]);
  } while (join_once(kernel, stage.axes, &stage.serial, stores));
}

Indices indices_of_stage(const Kernel& kernel, const Stage& stage) {
  Indices found;
  collect(kernel.pool, stage_roots(kernel.pool, stage), found);
  for (const Store& store : stage.stores) found.accesses.push_back(store.at[0]);
  return found;
}

void join_loops(Kernel& kernel) {
  for (Stage& stage : kernel.stages)
    while (join_once(kernel, stage.axes, &stage.serial, indices_of_stage(kernel, stage))) {
    }
  while (kernel.axes.size() > 1) {
    Indices all;
    for (const Stage& stage : kernel.stages) {
      const Indices found = indices_of_stage(kernel, stage);
      all.accesses.insert(all.accesses.end(), found.accesses.begin(), found.accesses.end());
      all.numbers.insert(all.numbers.end(), found.numbers.begin(), found.numbers.end());
    }
    if (!join_once(kernel, kernel.axes, nullptr, all)) return;
  }
}

/// A reduction with two of its axes joined, if some fit.
std::optional<Expr> join_bound_axes(ExprPool& pool, Expr reduction) {
  const ExprNode node = pool.node(reduction);
  const std::vector<Axis> axes(pool.axis_list(node).begin(), pool.axis_list(node).end());
  if (axes.size() < 2) return std::nullopt;
  Indices found;
  collect(pool, std::span(node.operand, 1), found);
  for (const Axis outer : axes)
    for (const Axis inner : axes) {
      if (outer == inner || !joinable(pool, found, outer, inner)) continue;
      const Joined joined = join(pool.indices(), outer, inner);
      Rewriter rewriter(pool, pool);
      rewriter.map_axis(outer, joined.outer);
      rewriter.map_axis(inner, joined.inner);
      std::vector<Axis> rest;
      for (const Axis axis : axes)
        if (axis == outer) {
          rest.push_back(joined.axis);
        } else if (axis != inner) {
          rest.push_back(axis);
        }
      return pool.reduce(node.combiner, rest, rewriter.expr(node.operand[0]));
    }
  return std::nullopt;
}

/// One axis after the other of a reduction over several.
void join_reductions(Kernel& kernel) {
  for (bool again = true; again;) {
    again = false;
    for (const Expr expr : topological_order(kernel.pool, kernel_roots(kernel))) {
      if (kernel.pool.node(expr).op != ScalarOp::reduce) continue;
      const auto joined = join_bound_axes(kernel.pool, expr);
      if (!joined) continue;
      Rewriter rewriter(kernel.pool, kernel.pool);
      rewriter.redirect(expr, *joined);
      rewrite_stores(kernel, rewriter);
      again = true;
      break;
    }
  }
}

void drop_single_axes(Kernel& kernel) {
  const auto single = [&](Axis axis) { return kernel.pool.indices().axis(axis).extent == 1; };
  std::erase_if(kernel.axes, single);
  for (Stage& stage : kernel.stages)
    for (std::size_t i = stage.axes.size(); i-- > 0;) {
      if (!single(stage.axes[i])) continue;
      stage.axes.erase(stage.axes.begin() + static_cast<std::ptrdiff_t>(i));
      stage.serial.erase(stage.serial.begin() + static_cast<std::ptrdiff_t>(i));
    }
}

} // namespace

Kernel prepare(const Kernel& kernel, std::span<const Buffer> buffers,
               std::span<const KernelOperand> operands, KeptOps kept) {
  Kernel ready = kernel;
  expand_and_linearize(ready, buffers, operands, kept);
  drop_single_axes(ready);
  join_loops(ready);
  join_reductions(ready);
  return ready;
}

void join_small_stages(Kernel& kernel) {
  if (kernel.axes.empty())
    for (Stage& stage : kernel.stages) join_small_stage(kernel, stage);
}

std::vector<bool> loads_of_written(const ExprPool& pool, std::span<const Expr> order,
                                   std::span<const Stage> stages) {
  std::vector<std::uint32_t> written;
  for (const Stage& stage : stages)
    for (const Store& store : stage.stores) written.push_back(store.buffer);
  std::vector<bool> found(pool.size(), false);
  std::vector<Expr> below;
  for (const Expr expr : order) {
    const ExprNode& node = pool.node(expr);
    if (node.op == ScalarOp::load && std::ranges::find(written, node.source) != written.end())
      found[expr.id] = true;
    below.clear();
    pool.children(expr, below);
    for (const Expr child : below)
      if (found[child.id]) found[expr.id] = true;
  }
  return found;
}

bool depends_on(const ExprPool& pool, Expr expr, Axis axis) {
  return std::ranges::find(pool.free_axes(expr), axis) != pool.free_axes(expr).end();
}

std::optional<std::int64_t> stride_of(const ExprPool& pool, Index index, Axis axis) {
  std::int64_t stride = 0;
  for (const IndexTerm& term : pool.indices().form(index).terms) switch (term.atom.kind) {
    case AtomKind::axis:
      if (term.atom.id == axis.id) stride = term.coefficient;
      break;
    case AtomKind::floor_div:
    case AtomKind::mod: {
      const Index inner{term.atom.id};
      if (mentions(pool, inner, axis)) return std::nullopt;
      for (const std::uint32_t data : pool.indices().data_of(inner))
        if (depends_on(pool, Expr{data}, axis)) return std::nullopt;
      break;
    }
    case AtomKind::data:
      if (depends_on(pool, Expr{term.atom.id}, axis)) return std::nullopt;
      break;
    }
  return stride;
}

std::int64_t lift_of(IndexRange range, std::int64_t by) {
  return range.low >= 0 ? 0 : (-range.low + by - 1) / by * by;
}

} // namespace nnc
