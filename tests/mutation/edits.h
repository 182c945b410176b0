// What can be wrong with one node that a rule builds. The edits of a node follow from its row, its
// operands and its attributes alone, so that they can be listed when a rule is watched and found
// again by name when it is broken.
#pragma once

#include "ir/builder.h"

#include <functional>

namespace nnc::mutation {

/// A node that a rule asks for, and its results as they should be.
struct Built {
  const OpRow& row;
  std::vector<Value> operands;
  Attrs attrs; ///< in row order
  std::vector<Value> results;
};

/// A value that a rule works with, which another may be taken for: "in 0", "out 0", "ct 0".
struct Known {
  std::string name;
  Value value;
};

inline constexpr char held_constant[] = "held constant"; ///< a kind, of which derivatives tell

struct Edit {
  std::string kind; ///< a line of the summary: "sign", "dropped term", "wrong axis", ...
  std::string name; ///< tells it from other edits of the same node
  /// Results to use instead; empty with an error in the builder where the types do not allow it.
  std::function<std::vector<Value>(Builder&, const Built&)> build;
};

std::vector<Edit> edits_of(const Graph& graph, const Built& node, std::span<const Known> known);

/// The node again.
std::vector<Value> build_node(Builder& b, const Built& node);

} // namespace nnc::mutation
