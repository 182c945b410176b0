// What a row's `element` and `body` functions write with.
#pragma once

#include "ir/graph.h"
#include "ir/kernel/expr.h"

namespace nnc {

/// The loop axes that expanded nodes reduce over: one per (value, ordinal), so that the same
/// reduction reached by two paths is the same expression.
using AxisKeys = std::map<std::pair<std::uint32_t, int>, Axis>;

/// Describes one element of a node's result in terms of elements of its inputs. Elements of inputs
/// come back as placeholders (`ScalarOp::element`, whose source is the Value's id).
class ElementBuilder {
public:
  /// `guard`: when the element is wanted at all (invalid = always); passed on to every input.
  ElementBuilder(const Graph& graph, NodeId node, ExprPool& pool, AxisKeys& axes, Expr guard = {});

  ExprPool& pool;
  IndexPool& index;

  int input_count() const { return static_cast<int>(node_.input_count); }
  const Type& in(int operand) const { return graph_.type(operand_value(operand)); }
  const Type& out(int result = 0) const { return graph_.type(graph_.result(id_, result)); }
  AttrView attrs() const { return graph_.attrs(node_); }

  /// The element of an operand at `at`; read as 0 where `guard` does not hold.
  Expr input(int operand, std::span<const Index> at, Expr guard = {});
  /// A loop over 0..extent-1; `ordinal` tells the node's own loops apart.
  Axis loop(std::int64_t extent, int ordinal = 0);
  /// An integer expression as an index; it was checked to be inside 0..extent-1.
  Index data_index(Expr value, std::int64_t extent);

protected:
  Value operand_value(int operand) const;
  const Graph& graph_;
  NodeId id_;
  const Node& node_;
  AxisKeys& axes_;
  Expr guard_;
};

/// One loop nest of a loop-level body: statements executed for each point of the axes, the first
/// axis outermost. Serial axes run in order; over the others the points are independent.
struct BodyStore {
  int result = 0; ///< or a temporary
  std::vector<Index> at;
  Expr value;
  bool accumulate = false; ///< result[at] += value, in order
  Expr guard = {};         ///< skipped where false
};

struct BodyNest {
  std::vector<Axis> axes;
  std::vector<bool> serial; ///< one per axis
  std::vector<BodyStore> stores;
};

class BodyBuilder : public ElementBuilder {
public:
  using ElementBuilder::ElementBuilder;

  /// Starts a nest of fresh loops (ordinals count on from the last nest).
  std::vector<Index> nest(std::span<const std::int64_t> extents, std::vector<bool> serial);
  /// Memory of the body's own, for `store` and `own` in place of a result.
  int temporary(Type type);
  const std::vector<Type>& temporaries() const { return temporaries_; }
  /// A statement of the current nest.
  void store(int result, std::vector<Index> at, Expr value, bool accumulate = false,
             Expr guard = {});
  /// An element of a result as stored by an earlier iteration or nest: an `element` placeholder of
  /// the node's own result. Temporaries count as values behind the last one of the graph.
  Expr own(int result, std::span<const Index> at, Expr guard = {});

  std::vector<BodyNest> take() { return std::move(nests_); }

private:
  std::vector<Type> temporaries_;
  std::vector<BodyNest> nests_;
  int next_ordinal_ = 0;
};

} // namespace nnc
