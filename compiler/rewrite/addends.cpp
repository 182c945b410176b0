#include "compiler/rewrite/addends.h"

namespace nnc::pattern {
namespace {

constexpr int deepest = 4; ///< a sum of so many sums

bool is_sum(const Graph& g, Value value) { return is(g, value, "add") || is(g, value, "sub"); }

} // namespace

Value sum_of(Builder& b, Value left, Value right, bool difference) {
  if (!right.valid()) return left;
  if (!left.valid()) return difference ? b.neg(right) : right;
  return difference ? b.sub(left, right) : b.add(left, right);
}

Addends::Addends(const Graph& g, Value value, bool minus) {
  list_[count_++] = {value, minus};
  for (std::size_t i = 0; i < count_; ++i) { // of what is added here, too
    const Addend addend = list_[i];
    if (addend.path.length == deepest || !is_sum(g, addend.value)) continue;
    const bool difference = is(g, addend.value, "sub");
    for (const int position : {0, 1})
      if (count_ < list_.size())
        list_[count_++] = {operand(g, addend.value, position),
                           addend.minus != (difference && position == 1),
                           addend.path.into(position)};
  }
}

Value without_addend(Builder& b, const Graph& g, Value value, Path path) {
  if (path.length == 0) return {};
  const bool second = (path.steps & 1) != 0;
  const Value kept = operand(g, value, second ? 0 : 1);
  const Value rest = without_addend(b, g, operand(g, value, second ? 1 : 0), path.further());
  const bool difference = is(g, value, "sub");
  return second ? sum_of(b, kept, rest, difference) : sum_of(b, rest, kept, difference);
}

Value join_addends(Builder& b, const Graph& g, NodeId node, const Joining& joining) {
  const auto operands = g.operands(node);
  const bool difference = is(g, g.result(node), "sub");
  const Addends sides[] = {{g, operands[0], false}, {g, operands[1], difference}};
  for (const std::size_t side : {0u, 1u})
    for (const Addend& first : sides[side]) {
      if (!joining.first.empty() && !is(g, first.value, joining.first)) continue;
      for (const Addend& second : sides[1 - side]) {
        const Value met =
            joining.apply(b, g, first.value, second.value, first.minus != second.minus);
        if (!met.valid()) continue;
        const Addend& left = side == 0 ? first : second;
        const Addend& right = side == 0 ? second : first;
        const Value rest = sum_of(b, without_addend(b, g, operands[0], left.path),
                                  without_addend(b, g, operands[1], right.path), difference);
        return sum_of(b, rest, met, first.minus);
      }
    }
  return {};
}

} // namespace nnc::pattern
