#include "compiler/rewrite/factors.h"

namespace nnc::pattern {
namespace {

constexpr int deepest = 4; ///< a product of so many products

bool is_product(const Graph& g, Value value) { return is(g, value, "mul") || is(g, value, "div"); }

/// `node` without the two factors, times `met`.
Value replaced(Builder& b, const Graph& g, NodeId node, const Factor& one, const Factor& other,
               Value met) {
  const Value left = without(b, g, g.operands(node)[0], one.path);
  const Value right = without(b, g, g.operands(node)[1], other.path);
  const bool quotient = is(g, g.result(node), "div");
  if (left.valid() && right.valid() && !quotient) return b.mul(b.mul(left, right), met);
  const Value above = left.valid() ? b.mul(left, met) : met;
  if (!right.valid()) return above;
  return quotient ? b.div(above, right) : b.mul(right, met);
}

Value meet(Builder& b, const Graph& g, NodeId node, const Meeting& meeting, bool over) {
  const auto operands = g.operands(node);
  const bool quotient = is(g, g.result(node), "div");
  // Most products are of two factors, with no line between them.
  if (over && !quotient && !is_product(g, operands[0]) && !is_product(g, operands[1])) return {};
  const Factors sides[] = {{g, operands[0], false}, {g, operands[1], quotient}};
  for (const std::size_t side : {0u, 1u})
    for (const Factor& first : sides[side]) {
      if (first.below || (!meeting.first.empty() && !is(g, first.value, meeting.first))) continue;
      for (const Factor& second : sides[1 - side]) {
        if (second.below != over) continue;
        const Value met = meeting.apply(b, g, first.value, second.value);
        if (!met.valid()) continue;
        return side == 0 ? replaced(b, g, node, first, second, met)
                         : replaced(b, g, node, second, first, met);
      }
    }
  return {};
}

} // namespace

Factors::Factors(const Graph& g, Value value, bool below) {
  list_[count_++] = {value, below};
  for (std::size_t i = 0; i < count_; ++i) { // of what is added here, too
    const Factor factor = list_[i];
    if (factor.path.length == deepest || !is_product(g, factor.value)) continue;
    const bool quotient = is(g, factor.value, "div");
    for (const int position : {0, 1})
      if (count_ < list_.size())
        list_[count_++] = {operand(g, factor.value, position),
                           factor.below != (quotient && position == 1), factor.path.into(position)};
  }
}

Value without(Builder& b, const Graph& g, Value value, Path path) {
  if (path.length == 0) return {};
  const int position = path.steps & 1;
  const Value kept = operand(g, value, 1 - position);
  const Value rest = without(b, g, operand(g, value, position), path.further());
  if (is(g, value, "mul")) return rest.valid() ? b.mul(rest, kept) : kept;
  if (position == 1) return rest.valid() ? b.div(kept, rest) : kept;
  return b.div(rest.valid() ? rest : b.full(g.type(value), 1), kept);
}

Value meet_across(Builder& b, const Graph& g, NodeId node, const Meeting& meeting) {
  return meet(b, g, node, meeting, true);
}
Value meet_beside(Builder& b, const Graph& g, NodeId node, const Meeting& meeting) {
  return meet(b, g, node, meeting, false);
}

} // namespace nnc::pattern
