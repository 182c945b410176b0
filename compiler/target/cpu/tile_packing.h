// Packing the factors of a contraction: their element expressions are evaluated into contiguous
// memory, so fused producers, windows and transposes cost nothing in the micro-kernel.
#pragma once

#include "compiler/target/cpu/kernel_body.h"
#include "compiler/target/cpu/tile_plan.h"

namespace nnc::cpu {

/// Binds several axes to the point number `flat` of their row-major grid.
void bind_point(ExprEmitter& emitter, std::span<const Axis> axes, llvm::Value* flat);
void unbind_all(ExprEmitter& emitter, std::span<const Axis> axes);

/// The positions of the sum that are being worked on.
struct Block {
  llvm::Value* first; ///< of k_outer
  llvm::Value* last;  ///< one past
};

class TilePacking {
public:
  TilePacking(KernelBody& body, const TilePlan& plan);

  /// Writes columns `n_first`... of b, [position][column]. Batch and outer n axes are bound.
  void pack_b(llvm::Value* to, llvm::Value* n_first, const Block& block);
  /// Writes `rows` rows of a from `m_first` on, as plan.a_along_k says. Batch axes are bound.
  void pack_a(llvm::Value* to, llvm::Value* m_first, llvm::Value* rows, const Block& block);
  std::int64_t a_bytes() const;

private:
  using Inner = std::function<void(llvm::Value* position)>;
  void k_loops(const Block& block, std::size_t depth, std::size_t count,
               std::span<const Expr> order, llvm::Value* position, const Inner& inner);
  void along_last_k(const Block& block, llvm::Value* position,
                    const std::function<void(llvm::Value* position, llvm::Value* first,
                                             llvm::Value* mask)>& step);
  void transposed_squares(llvm::Value* to, llvm::Value* n_first, const Block& block);
  Axis last_k() const { return plan_.k_inner.empty() ? plan_.k_outer : plan_.k_inner.back(); }
  llvm::Value* at(llvm::Value* base, llvm::Value* element);

  ExprEmitter& emitter_;
  IR& ir_;
  const TilePlan& plan_;
  llvm::Type *element_, *vector_;
  std::vector<Expr> a_order_, b_order_;
};

} // namespace nnc::cpu
