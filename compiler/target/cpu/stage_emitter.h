// One stage of a kernel: its loops, the choice of the vector axis, and the stores.
#pragma once

#include "compiler/target/cpu/expr_emitter.h"

namespace nnc::cpu {

/// How the last axis of a stage is run through.
struct VectorAxis {
  Axis axis;
  unsigned lanes = 1;
};
/// nullopt where stores do not run along the last axis, or reductions inside run along theirs.
std::optional<VectorAxis> choose_vector_axis(const ExprPool& pool, const Stage& stage);

/// The stage's axes in the order of their loops. Where something is read along an axis other than
/// the vector's, that axis goes inside of the vector's loop: a block of `lanes` lines of memory
/// stays in cache while it is used up (transposes).
std::vector<Axis> loop_order(const ExprPool& pool, const Stage& stage,
                             const std::optional<VectorAxis>& vector);

class StageEmitter {
public:
  /// `read_again`: by other stages of the row, so what is stored should not be masked.
  StageEmitter(ExprEmitter& emitter, const Stage& stage,
               std::function<DType(std::uint32_t)> dtype_of, bool read_again);

  /// `begin` and `end` (may be null) are the part of the first axis to do; where that axis is the
  /// vector's, `begin` is a multiple of its lanes and `end` that or the extent.
  void emit(llvm::Value* begin, llvm::Value* end);

private:
  void loop(std::size_t depth);
  void vector_loop(std::size_t depth, llvm::Value* begin, llvm::Value* end);
  void point();

  ExprEmitter& emitter_;
  IR& ir_;
  const Stage& stage_;
  std::function<DType(std::uint32_t)> dtype_of_;
  std::optional<VectorAxis> vector_;
  std::vector<Axis> loops_;
  std::vector<Expr> order_;
  std::vector<bool> written_;
  llvm::Value *begin_ = nullptr, *end_ = nullptr;
};

} // namespace nnc::cpu
