// Copies expressions from one pool to another (or within one), replacing what it is told to.
// Shared sub-expressions stay shared; nothing recurses on the depth of an expression.
#pragma once

#include "ir/kernel/expr.h"

#include <functional>

namespace nnc {

/// The integer `value` as an index into 0..extent-1: from data, or a constant where it is known to
/// be one that is inside.
Index index_from(ExprPool& pool, Expr value, std::int64_t extent);

class Rewriter {
public:
  Rewriter(const ExprPool& from, ExprPool& to) : from_(from), to_(to) {}

  /// Occurrences of `axis` become `index`. Axes not mapped stay what they are within one pool;
  /// between pools each becomes a fresh axis of the same extent.
  void map_axis(Axis axis, Index index) { indices_[axis.id] = index; }
  /// `old` (in `from`) stands for the expression `other` (in `from`).
  void redirect(Expr old, Expr other) { redirects_[old.id] = other; }
  /// Called for each element and load with its new indices and guard; a valid result replaces it.
  std::function<Expr(const ExprNode& node, std::span<const Index> at, Expr guard)> on_leaf;
  /// Called for every other operation but select and reduce, with its new operands; likewise.
  std::function<Expr(const ExprNode& node, std::span<const Expr> operands)> on_operation;

  Expr expr(Expr old);
  Index index(Index old); ///< data in it is rewritten too
  Axis axis(Axis old);    ///< the axis that stands for a bound or unmapped axis

private:
  bool same_pool() const { return &from_ == &to_; }
  void build(Expr old);
  Index rebuilt_index(Index old);

  const ExprPool& from_;
  ExprPool& to_;
  bool done(Expr old) const { return old.id < done_.size() && done_[old.id].valid(); }
  void finish(Expr old, Expr fresh);

  std::vector<Expr> done_; ///< by old id
  std::unordered_map<std::uint32_t, Expr> redirects_;
  std::unordered_map<std::uint32_t, Index> indices_, done_indices_;
  std::unordered_map<std::uint32_t, Axis> axes_;
};

} // namespace nnc
