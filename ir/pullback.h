// What a row's gradient rule works with: given the cotangents of the results, build those of the
// operands, using primitives only (so that the set of ops is closed under differentiation).
//
// A rule is linear in the cotangents and never handles broadcasting: operand shapes are equal where
// the op is element-wise. It gives nothing for an operand that gets a zero cotangent.
#pragma once

#include "ir/builder.h"

namespace nnc {

class Pullback {
public:
  /// `cotangents` has one entry per result; invalid = zero. `needs` has one entry per operand.
  Pullback(Builder& builder, NodeId node, std::vector<Value> cotangents, std::vector<bool> needs);

  Builder& b;

  int input_count() const { return static_cast<int>(node_.input_count); }
  Value in(int operand) const { return node_.inputs[operand]; }
  Value out(int result = 0) const { return b.graph().result(id_, result); }
  const Type& in_type(int operand) const { return b.graph().type(in(operand)); }
  const Type& out_type(int result = 0) const { return b.graph().type(out(result)); }
  AttrView attrs() const { return b.graph().attrs(node_); }
  const Node& node() const { return node_; }

  /// Cotangent of a result; zeros are built when it is a symbolic zero.
  Value ct(int result = 0);
  bool has_ct(int result) const { return cotangents_[static_cast<std::size_t>(result)].valid(); }
  bool needs(int operand) const { return needs_[static_cast<std::size_t>(operand)]; }
  /// The cotangent of an operand; of the operand's type. Given at most once per operand.
  void give(int operand, Value cotangent);
  /// A cotangent that counts only where `mask` (bool, same shape) holds; elsewhere it may be NaN.
  void give_where(int operand, Value mask, Value cotangent);

  std::vector<Value> take() { return std::move(given_); }
  std::vector<Value> take_masks() { return std::move(masks_); }

private:
  NodeId id_;
  const Node& node_;
  std::vector<Value> cotangents_;
  std::vector<bool> needs_;
  std::vector<Value> given_, masks_;
};

} // namespace nnc
