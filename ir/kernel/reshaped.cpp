#include "ir/kernel/reshaped.h"

#include <algorithm>

namespace nnc {
namespace {

/// The indices of the element at position `flat` of a tensor of `shape`. It is inside: the first
/// index has nothing above it to be freed from.
std::vector<Index> position(IndexPool& pool, Index flat, std::span<const std::int64_t> shape) {
  std::vector<Index> at = delinearize(pool, flat, shape);
  const auto first = std::ranges::find_if(shape, [](std::int64_t extent) { return extent > 1; });
  if (first == shape.end()) return at;
  std::int64_t stride = 1;
  for (auto inner = first + 1; inner != shape.end(); ++inner) stride *= *inner;
  at[static_cast<std::size_t>(first - shape.begin())] = pool.floor_div(flat, stride);
  return at;
}

/// The fewest next axes on both sides, from `i` and `j` on, with as many elements; all that are
/// left where no fewer have.
struct Group {
  std::size_t i = 0, j = 0;
};

Group end_of_group(std::span<const std::int64_t> from, std::span<const std::int64_t> to, Group at) {
  std::int64_t left = 1, right = 1;
  do {
    if (at.i == from.size() && at.j == to.size()) return at;
    if (at.j == to.size() || (at.i < from.size() && left <= right))
      left *= from[at.i++];
    else
      right *= to[at.j++];
  } while (left != right);
  return at;
}

} // namespace

std::vector<Index> reshaped(IndexPool& pool, std::span<const Index> at,
                            std::span<const std::int64_t> from, std::span<const std::int64_t> to) {
  if (std::ranges::find(from, 0) != from.end())
    return std::vector<Index>(to.size(), pool.constant(0));
  std::vector<Index> moved;
  for (Group begin; begin.i < from.size() || begin.j < to.size();) {
    const Group end = end_of_group(from, to, begin);
    const std::size_t count = end.i - begin.i;
    const Index flat = linearize(pool, at.subspan(begin.i, count), from.subspan(begin.i, count));
    for (const Index index : position(pool, flat, to.subspan(begin.j, end.j - begin.j)))
      moved.push_back(index);
    begin = end;
  }
  return moved;
}

} // namespace nnc
