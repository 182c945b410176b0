// Running a node for many examples at once. A rule rebuilds its node for operands of which some
// have a batch axis in front (axis 0, one entry for each example) and gives results that have one;
// the others are the same for every example. So `vmap` of a graph is a graph of ordinary nodes
// whose number does not depend on the number of examples.
#pragma once

#include "ir/builder.h"

#include <functional>

namespace nnc {

/// A value in a graph that is being built, with or without the batch axis.
struct Batched {
  Value value;
  bool batched = false;
};

/// What a row's batch rule works with.
class Batching {
public:
  /// The rule of `node`, a node of `from`; `operands` stand for its operands in b's graph, and at
  /// least one of them is batched.
  Batching(Builder& builder, const Graph& from, NodeId node, std::span<const Batched> operands,
           std::int64_t size);

  Builder& b;
  const std::int64_t size; ///< number of examples

  int input_count() const { return static_cast<int>(operands_.size()); }
  bool batched(int operand) const { return at(operand).batched; }
  /// The operand as it is, with the batch axis or without.
  Value in(int operand) const { return at(operand).value; }
  /// The operand with the batch axis in any case: repeated where it had none.
  Value whole(int operand);
  std::vector<Value> all_whole();

  /// Types for one example.
  const Type& in_type(int operand) const;
  const Type& out_type(int result = 0) const;
  AttrView attrs() const { return from_.attrs(node()); }
  const OpRow& row() const { return *node().row; }
  const Node& node() const { return from_.node(id_); }

  /// The node again with other operands; `changed` replaces attributes of these names.
  std::vector<Value> again(std::span<const Value> operands, const NamedAttrs& changed = {});
  Value again_once(std::span<const Value> operands, const NamedAttrs& changed = {}); ///< result 0
  /// That for all operands whole, which gives every result.
  void give_again(const NamedAttrs& changed = {});
  /// A result, with the batch axis in front.
  void give(int result, Value value) { results_[static_cast<std::size_t>(result)] = value; }

  std::vector<Value> take() { return std::move(results_); }

private:
  const Batched& at(int operand) const { return operands_[static_cast<std::size_t>(operand)]; }

  const Graph& from_;
  NodeId id_;
  std::vector<Batched> operands_;
  std::vector<Value> results_;
};

/// The results of `node` of `from` for a batch, each with the batch axis in front.
std::vector<Value> batch_node(Builder& b, const Graph& from, NodeId node,
                              std::span<const Batched> operands, std::int64_t size);

/// Nodes of one graph to be run for many examples.
struct BatchOfNodes {
  const Graph& from;
  std::span<const std::uint32_t> nodes; ///< ascending; may be a part of b's own graph
  std::int64_t size = 0;                ///< number of examples
  Value variable = {};   ///< of `from`: differs between examples, and derivatives are taken for it
  std::string site = {}; ///< tells the variables of this batch from those of others
  /// Fills in the results of a node that is the same for every example.
  std::function<void(NodeId)> copy = [](NodeId) {};
  /// Called when the results of a node, whatever its kind, are there.
  std::function<void(NodeId)> made = [](NodeId) {};
};

/// Runs `nodes`, each with its own origin. `values`, by values of `from`, begins with what differs
/// between examples and what stands for operands from outside; results of nodes are added.
///
/// Where a `grad` among the nodes reads what differs between examples, its variables are repeated
/// for each, so that each has a derivative of its own. They, and `variable`, become `cut`s.
void batch_nodes(Builder& b, const BatchOfNodes& batch, std::vector<Batched>& values);

/// `value`, the same for every example, with a batch axis in front.
Value repeated(Builder& b, Value value, std::int64_t size);
/// `value` with axis `axis` moved to the front.
Value axis_to_front(Builder& b, Value value, std::int64_t axis);

namespace batch_rules {

/// Axes of one example as axes of the whole.
std::vector<std::int64_t> shifted(std::span<const std::int64_t> axes);
/// A list with one entry an axis, and `first` for the batch axis.
std::vector<std::int64_t> with_first(std::int64_t first, std::span<const std::int64_t> list);

/// Rules of common forms: the attribute `axes`, or `axis`, names axes of the operands.
void shift_axes(Batching& b);
void shift_axis(Batching& b);
/// One result element from elements at the same place, whatever the shape.
void same_place(Batching& b);

} // namespace batch_rules

} // namespace nnc
