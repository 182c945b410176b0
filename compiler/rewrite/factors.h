// Products taken apart into factors above and below the line, however they are bracketed, and the
// pairs among these that are something simpler: exp(a) over exp(a) + exp(b) in
// y*exp(a)/(exp(a) + exp(b)), in (g/(exp(a) + exp(b)))*y*exp(a), ...
#pragma once

#include "compiler/rewrite/pattern.h"

#include <cstdint>

namespace nnc::pattern {

/// From a product down to a factor, or a sum to an addend: the operands to take.
struct Path {
  std::uint8_t length = 0;
  std::uint8_t steps = 0; ///< bit i: the operand of step i

  Path into(int position) const {
    return {static_cast<std::uint8_t>(length + 1),
            static_cast<std::uint8_t>(steps | position << length)};
  }
  /// Without its first step.
  Path further() const {
    return {static_cast<std::uint8_t>(length - 1), static_cast<std::uint8_t>(steps >> 1)};
  }
};

struct Factor {
  Value value;
  bool below = false; ///< the line
  Path path = {};
};

/// The factors of a product and the products of them within it, from the whole down; not all where
/// they are many.
class Factors {
public:
  /// Below the line at first, or above.
  Factors(const Graph& graph, Value value, bool below);
  auto begin() const { return list_.begin(); }
  auto end() const { return list_.begin() + static_cast<std::ptrdiff_t>(count_); }

private:
  std::array<Factor, 10> list_; ///< few, so that a node costs a constant time
  std::size_t count_ = 0;
};

/// What is left of a product without the factor at the end of a path; invalid if that is all.
Value without(Builder& b, const Graph& graph, Value value, Path path);

/// What two factors are together; an invalid value where that is nothing simpler.
struct Meeting {
  std::string_view first; ///< the row that the first of them has; empty: any
  Value (*apply)(Builder& b, const Graph& graph, Value first, Value second);
};

/// The product or quotient `node` with a pair of factors replaced, one of each of its operands. A
/// pair within one operand was seen when that was built. Across the line the first factor stands
/// above and the second below; beside each other both stand above.
Value meet_across(Builder& b, const Graph& graph, NodeId node, const Meeting& meeting);
Value meet_beside(Builder& b, const Graph& graph, NodeId node, const Meeting& meeting);

/// The same as rewrites of `mul` and `div`.
template <const Meeting& meeting>
Value across(Builder& b, const Graph& graph, NodeId node) {
  return meet_across(b, graph, node, meeting);
}
template <const Meeting& meeting>
Value beside(Builder& b, const Graph& graph, NodeId node) {
  return meet_beside(b, graph, node, meeting);
}

} // namespace nnc::pattern
