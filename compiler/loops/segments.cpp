#include "compiler/loops/segments.h"

#include <algorithm>

namespace nnc {

namespace {

constexpr std::int64_t usual_steps = 8, fewest_steps = 5;

/// The largest divisor of `steps` up to `most`.
std::int64_t largest_divisor(std::int64_t steps, std::int64_t most) {
  while (most > 1 && steps % most != 0) --most;
  return most;
}

/// The smallest factor above 1 by which a group of steps grows to one that still divides them all.
std::int64_t next_factor(std::int64_t groups) {
  for (std::int64_t factor = 2; factor * factor <= groups; ++factor)
    if (groups % factor == 0) return factor;
  return groups;
}

} // namespace

std::int64_t steps_of_a_sum(std::int64_t steps, std::int64_t elements, std::int64_t carried) {
  const auto is_short = [&](std::int64_t group) {
    return elements > 2 * group * std::max<std::int64_t>(carried, 1);
  };
  std::int64_t group = largest_divisor(steps, std::min(usual_steps, steps / 2));
  if (group < fewest_steps) {
    group = usual_steps;
    while (is_short(group)) group *= 2;
    return group;
  }
  while (is_short(group)) {
    const std::int64_t longer = group * next_factor(steps / group);
    if (longer > steps / 2) break;
    group = longer;
  }
  return group;
}

Value rows(Builder& b, Value value, std::int64_t first, std::int64_t count) {
  Shape stop = b.shape(value);
  if (first == 0 && count == stop[0]) return value;
  Shape start(stop.size(), 0);
  start[0] = first;
  stop[0] = first + count;
  return b.op("slice", {value}, {{"start", start}, {"stop", stop}});
}

Value in_segments(Builder& b, Value value, std::int64_t length) {
  Shape shape = b.shape(value);
  shape[0] /= length;
  shape.insert(shape.begin() + 1, length);
  return b.reshape(value, shape);
}

Value out_of_segments(Builder& b, Value value, std::int64_t steps) {
  Shape shape = b.shape(value);
  shape.erase(shape.begin());
  shape[0] = b.shape(value)[0] * b.shape(value)[1];
  value = b.reshape(value, shape);
  return rows(b, value, 0, steps);
}

} // namespace nnc
