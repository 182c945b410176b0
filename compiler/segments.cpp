#include "compiler/segments.h"

namespace nnc {

Value in_segments(Builder& b, Value value, std::int64_t segments, std::int64_t length) {
  Shape shape = b.shape(value);
  std::vector<std::int64_t> none(shape.size(), 0), high = none;
  high[0] = segments * length - shape[0];
  if (high[0] > 0)
    value = b.op("pad", {value}, {{"low", none}, {"high", high}, {"interior", none}});
  shape[0] = length;
  shape.insert(shape.begin(), segments);
  return b.reshape(value, shape);
}

Value out_of_segments(Builder& b, Value value, std::int64_t steps) {
  Shape shape = b.shape(value);
  shape.erase(shape.begin());
  shape[0] = b.shape(value)[0] * b.shape(value)[1];
  value = b.reshape(value, shape);
  if (shape[0] == steps) return value;
  const std::vector<std::int64_t> start(shape.size(), 0), step(shape.size(), 1);
  shape[0] = steps;
  return b.op("slice", {value}, {{"start", start}, {"stop", shape}, {"step", step}});
}

} // namespace nnc
