// Sums taken apart into addends of either sign, however they are bracketed, and the pairs among
// these that are something simpler: m and -m in (log(exp(a - m) + exp(b - m)) + c) + m, ...
#pragma once

#include "compiler/rewrite/factors.h"

namespace nnc::pattern {

struct Addend {
  Value value;
  bool minus = false;
  Path path = {}; ///< from the sum down to it
};

/// The addends of a sum and the sums of them within it, from the whole down; not all where they
/// are many.
class Addends {
public:
  /// The sum counts with a minus, or without.
  Addends(const Graph& graph, Value value, bool minus);
  auto begin() const { return list_.begin(); }
  auto end() const { return list_.begin() + static_cast<std::ptrdiff_t>(count_); }

private:
  std::array<Addend, 10> list_; ///< few, so that a node costs a constant time
  std::size_t count_ = 0;
};

/// A sum or difference whose parts may be missing; invalid where both are.
Value sum_of(Builder& b, Value left, Value right, bool difference);

/// What is left of a sum without the addend at the end of a path; invalid if that is all.
Value without_addend(Builder& b, const Graph& graph, Value value, Path path);

/// What two addends are together, `first` counted with a plus; an invalid value where that is
/// nothing simpler. `difference`: the second counts with a minus then.
struct Joining {
  std::string_view first; ///< the row that the first of them has; empty: any
  Value (*apply)(Builder& b, const Graph& graph, Value first, Value second, bool difference);
};

/// The sum or difference `node` with a pair of addends replaced, one of each of its operands. A
/// pair within one operand was seen when that was built.
Value join_addends(Builder& b, const Graph& graph, NodeId node, const Joining& joining);

/// The same as rewrites of `add` and `sub`.
template <const Joining& joining>
Value joined(Builder& b, const Graph& graph, NodeId node) {
  return join_addends(b, graph, node, joining);
}

} // namespace nnc::pattern
