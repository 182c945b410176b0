#include "compiler/target/cpu/tile_packing.h"

#include <llvm/IR/Intrinsics.h>

namespace nnc::cpu {
namespace {

/// Transposes a square of vectors, by halves: each step pairs vectors `distance` apart.
std::vector<llvm::Value*> transpose(IR& ir, std::vector<llvm::Value*> square) {
  const unsigned size = static_cast<unsigned>(square.size());
  for (unsigned distance = size / 2; distance > 0; distance /= 2) {
    std::vector<int> low, high;
    for (unsigned i = 0; i < size; ++i) {
      const bool second = (i & distance) != 0;
      low.push_back(static_cast<int>(second ? i - distance + size : i));
      high.push_back(static_cast<int>(second ? i + size : i + distance));
    }
    for (unsigned i = 0; i < size; ++i) {
      if (i & distance) continue;
      llvm::Value *a = square[i], *b = square[i + distance];
      square[i] = ir.CreateShuffleVector(a, b, low);
      square[i + distance] = ir.CreateShuffleVector(a, b, high);
    }
  }
  return square;
}

} // namespace

void bind_point(ExprEmitter& emitter, std::span<const Axis> axes, llvm::Value* flat) {
  for (std::size_t i = axes.size(); i-- > 0;) {
    const std::int64_t extent = emitter.pool.indices().axis(axes[i]).extent;
    llvm::Value* size = number(emitter.ir, extent);
    emitter.bind(axes[i], i == 0 ? flat : emitter.ir.CreateURem(flat, size));
    if (i > 0) flat = emitter.ir.CreateUDiv(flat, size);
  }
}

void unbind_all(ExprEmitter& emitter, std::span<const Axis> axes) {
  for (const Axis axis : axes) emitter.unbind(axis);
}

TilePacking::TilePacking(KernelBody& body, const TilePlan& plan)
    : emitter_(body.emitter), ir_(body.ir), plan_(plan),
      element_(value_type(ir_.getContext(), plan.dtype)), vector_(lanes_of(element_, plan.lanes)),
      a_order_(topological_order(emitter_.pool, std::span(&plan.form.a, 1))),
      b_order_(topological_order(emitter_.pool, std::span(&plan.form.b, 1))) {}

std::int64_t TilePacking::a_bytes() const {
  const std::int64_t elements =
      (plan_.a_along_k ? plan_.rows : plan_.block_positions()) * plan_.a_stride + plan_.lanes;
  return elements * static_cast<std::int64_t>(dtype_size(plan_.dtype));
}

llvm::Value* TilePacking::at(llvm::Value* base, llvm::Value* element) {
  return ir_.CreateGEP(element_, base, element);
}

/// Loops over the first `count` of k_outer and k_inner; `position` counts points of the block.
void TilePacking::k_loops(const Block& block, std::size_t depth, std::size_t count,
                          std::span<const Expr> order, llvm::Value* position, const Inner& inner) {
  if (depth == count) return inner(position);
  const Axis axis = depth == 0 ? plan_.k_outer : plan_.k_inner[depth - 1];
  const std::int64_t extent = emitter_.pool.indices().axis(axis).extent;
  llvm::Value* first = depth == 0 ? block.first : number(ir_, 0);
  llvm::Value* last = depth == 0 ? block.last : number(ir_, extent);
  Loop loop(ir_, first, last, 1, "k");
  emitter_.bind(axis, loop.index());
  {
    const ExprEmitter::Scope scope(emitter_);
    emitter_.emit(order);
    llvm::Value* local = ir_.CreateSub(loop.index(), first);
    llvm::Value* next =
        depth == 0 ? local : ir_.CreateAdd(ir_.CreateMul(position, number(ir_, extent)), local);
    k_loops(block, depth + 1, count, order, next, inner);
  }
  emitter_.unbind(axis);
  loop.close();
}

/// The last k axis as a vector. `position` is the point of the loops around it.
void TilePacking::along_last_k(
    const Block& block, llvm::Value* position,
    const std::function<void(llvm::Value*, llvm::Value*, llvm::Value*)>& step) {
  const bool alone = plan_.k_inner.empty();
  const std::int64_t extent = emitter_.pool.indices().axis(last_k()).extent;
  llvm::Value* first = alone ? block.first : number(ir_, 0);
  llvm::Value* last = alone ? block.last : number(ir_, extent);
  llvm::Value* start = alone ? number(ir_, 0) : ir_.CreateMul(position, number(ir_, extent));
  const bool whole = (alone ? plan_.k_block : extent) % plan_.lanes == 0 &&
                     (!alone || plan_.k_outer_extent % plan_.k_block == 0);
  lanes_loop(ir_, first, last, plan_.lanes, whole, [&](llvm::Value* index, llvm::Value* mask) {
    emitter_.bind_vector(last_k(), index, plan_.lanes, mask);
    step(ir_.CreateAdd(start, ir_.CreateSub(index, first)), index, mask);
    emitter_.unbind(last_k());
  });
}

void TilePacking::pack_b(llvm::Value* to, llvm::Value* n_first, const Block& block) {
  if (plan_.b_along_k) return transposed_squares(to, n_first, block);
  const unsigned lanes = static_cast<unsigned>(plan_.columns());
  llvm::Value* mask = nullptr;
  if (plan_.n % plan_.columns() != 0) {
    llvm::Value* left =
        ir_.CreateTrunc(ir_.CreateSub(number(ir_, plan_.n), n_first), ir_.getInt32Ty());
    mask = ir_.CreateICmpSLT(lane_numbers(ir_, lanes, 32), splat(ir_, left, lanes));
  }
  emitter_.bind_vector(plan_.n_axis, n_first, lanes, mask);
  {
    const ExprEmitter::Scope scope(emitter_);
    emitter_.emit(b_order_);
    k_loops(block, 0, plan_.k_inner.size() + 1, b_order_, nullptr, [&](llvm::Value* position) {
      llvm::Value* address = at(to, ir_.CreateMul(position, number(ir_, plan_.columns())));
      ir_.CreateAlignedStore(emitter_.vector_value(plan_.form.b), address, llvm::Align(64));
    });
  }
  emitter_.unbind(plan_.n_axis);
}

/// b lies along k: squares of lanes x lanes elements are read along k and turned. Columns past the
/// end repeat the last one; nothing reads their sums.
void TilePacking::transposed_squares(llvm::Value* to, llvm::Value* n_first, const Block& block) {
  k_loops(block, 0, plan_.k_inner.size(), b_order_, nullptr, [&](llvm::Value* outer) {
    Loop columns(ir_, number(ir_, 0), number(ir_, plan_.columns()), plan_.lanes, "square");
    along_last_k(block, outer, [&](llvm::Value* position, llvm::Value*, llvm::Value*) {
      std::vector<llvm::Value*> square;
      for (unsigned column = 0; column < plan_.lanes; ++column) {
        const ExprEmitter::Scope scope(emitter_);
        llvm::Value* n =
            ir_.CreateAdd(ir_.CreateAdd(n_first, columns.index()), number(ir_, column));
        n = ir_.CreateBinaryIntrinsic(llvm::Intrinsic::smin, n, number(ir_, plan_.n - 1));
        emitter_.bind(plan_.n_axis, n);
        emitter_.emit(b_order_);
        square.push_back(emitter_.vector_value(plan_.form.b));
        emitter_.unbind(plan_.n_axis);
      }
      square = transpose(ir_, std::move(square));
      for (unsigned i = 0; i < plan_.lanes; ++i) {
        llvm::Value* row =
            ir_.CreateMul(ir_.CreateAdd(position, number(ir_, i)), number(ir_, plan_.columns()));
        ir_.CreateAlignedStore(square[i], at(to, ir_.CreateAdd(row, columns.index())),
                               llvm::Align(64));
      }
    });
    columns.close();
  });
}

void TilePacking::pack_a(llvm::Value* to, llvm::Value* m_first, llvm::Value* rows,
                         const Block& block) {
  const llvm::Align align(dtype_size(plan_.dtype));
  if (!plan_.a_along_k) { // the rows of a position side by side
    llvm::Value* count = ir_.CreateTrunc(rows, ir_.getInt32Ty());
    llvm::Value* mask =
        ir_.CreateICmpULT(lane_numbers(ir_, plan_.lanes, 32), splat(ir_, count, plan_.lanes));
    emitter_.bind_vector(plan_.form.m[0], m_first, plan_.lanes, mask);
    {
      const ExprEmitter::Scope scope(emitter_);
      emitter_.emit(a_order_);
      k_loops(block, 0, plan_.k_inner.size() + 1, a_order_, nullptr, [&](llvm::Value* position) {
        llvm::Value* address = at(to, ir_.CreateMul(position, number(ir_, plan_.lanes)));
        ir_.CreateAlignedStore(emitter_.vector_value(plan_.form.a), address, align);
      });
    }
    emitter_.unbind(plan_.form.m[0]);
    return;
  }
  Loop loop(ir_, number(ir_, 0), rows, 1, "pack");
  bind_point(emitter_, plan_.form.m, ir_.CreateAdd(m_first, loop.index()));
  {
    const ExprEmitter::Scope scope(emitter_);
    emitter_.emit(a_order_);
    llvm::Value* row = ir_.CreateMul(loop.index(), number(ir_, plan_.a_stride));
    k_loops(block, 0, plan_.k_inner.size(), a_order_, nullptr, [&](llvm::Value* outer) {
      along_last_k(block, outer, [&](llvm::Value* position, llvm::Value*, llvm::Value*) {
        const ExprEmitter::Scope inside(emitter_);
        emitter_.emit(a_order_);
        ir_.CreateAlignedStore(emitter_.vector_value(plan_.form.a),
                               at(to, ir_.CreateAdd(row, position)), align);
      });
    });
  }
  unbind_all(emitter_, plan_.form.m);
  loop.close();
}

} // namespace nnc::cpu
