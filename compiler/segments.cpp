#include "compiler/segments.h"

#include <algorithm>

namespace nnc {

std::int64_t steps_of_a_sum(std::int64_t elements, std::int64_t carried) {
  std::int64_t steps = 8;
  while (elements > 2 * steps * std::max<std::int64_t>(carried, 1)) steps *= 2;
  return steps;
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
