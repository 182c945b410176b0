// Which values to keep in memory, and which to compute from those: a minimal cut.
//
// Each value is a pair of points of a flow network. A cut between the two keeps it, one before the
// first computes it from its operands, which then have to be there too, and one behind the second
// does without it. So the cheapest choice is exact, however values depend on each other
// (min-cut rematerialisation).
#pragma once

#include "ir/graph.h"

namespace nnc {

/// What it costs to have a value, by value of a graph: in the arithmetic operations that take as
/// long, of one step. `never` where it cannot be done.
struct ValueCosts {
  static constexpr std::int64_t never = INT64_MAX / 4;

  explicit ValueCosts(const Graph& graph)
      : keep(graph.value_count(), never), compute(graph.value_count(), never),
        worth(graph.value_count(), 0) {}

  std::vector<std::int64_t> keep;
  std::vector<std::int64_t> compute; ///< from its operands
  std::vector<std::int64_t> worth;   ///< what having it saves; `never`: it has to be there
};

/// Of storing a value in one loop and reading it in another. A transcendental function of an
/// element counts 10 (OpRow::cost) and is kept; what a few sums and products make of values that
/// are there is not.
std::int64_t memory_cost(const Type& type);
std::int64_t arithmetic_cost(const Graph& graph, NodeId id);

enum class Has : std::uint8_t { nothing, kept, computed };

/// The cheapest choice, by value; of equal ones that which has the fewest values.
std::vector<Has> cheapest(const Graph& graph, const ValueCosts& costs);

} // namespace nnc
