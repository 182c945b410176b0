#include "frontends/nn/tensor.h"

#include <numeric>

namespace nnc::nn {

Tensor select(const Tensor& condition, const Operand& a, const Operand& b) {
  return {condition.builder(), condition.builder().elementwise("select", {condition, a, b})};
}

Tensor cast(const Tensor& x, DType to) { return {x.builder(), x.builder().cast(x, to)}; }

Tensor reshape(const Tensor& x, Shape shape) {
  return {x.builder(), x.builder().reshape(x, std::move(shape))};
}

Tensor transpose(const Tensor& x, Axes perm) {
  if (perm == all_axes(x.rank())) return x;
  return {x.builder(), x.builder().transpose(x, std::move(perm))};
}

Tensor broadcast_to(const Tensor& x, const Shape& shape) {
  return {x.builder(), x.builder().broadcast_to(x, shape)};
}

Tensor reduce(std::string_view row, const Tensor& x, Axes axes, bool keep) {
  return {x.builder(), x.builder().op(row, {x}, {{"axes", std::move(axes)}, {"keep", keep}})};
}

Tensor sum(const Tensor& x, Axes axes, bool keep) {
  return reduce("sum", x, std::move(axes), keep);
}

Tensor mean(const Tensor& x, Axes axes, bool keep) {
  double count = 1;
  for (const std::int64_t axis : axes) count *= static_cast<double>(x.size(static_cast<int>(axis)));
  // The sum of many f16 is beyond f16 long before their mean is.
  const Tensor total = sum(cast(x, compute_dtype(x.dtype())), std::move(axes), keep);
  return cast(total / count, x.dtype());
}

Tensor slice(const Tensor& x, int axis, std::int64_t start, std::int64_t stop, std::int64_t step) {
  const auto at = static_cast<std::size_t>(axis);
  const auto rank = static_cast<std::size_t>(x.rank());
  if (at >= rank) return x;
  std::vector<std::int64_t> starts(rank, 0), stops = x.shape(), steps(rank, 1);
  starts[at] = start;
  stops[at] = stop;
  steps[at] = step;
  return {x.builder(),
          x.builder().op("slice", {x}, {{"start", starts}, {"stop", stops}, {"step", steps}})};
}

Tensor pad(const Tensor& x, int axis, std::int64_t low, std::int64_t high, double value) {
  if ((low == 0 && high == 0) || axis >= x.rank()) return x;
  std::vector<std::int64_t> lows(static_cast<std::size_t>(x.rank()), 0), highs = lows;
  lows[static_cast<std::size_t>(axis)] = low;
  highs[static_cast<std::size_t>(axis)] = high;
  return {x.builder(),
          x.builder().op("pad", {x}, {{"low", lows}, {"high", highs}, {"value", value}})};
}

Tensor concat(std::span<const Tensor> parts, int axis) {
  if (parts.size() == 1) return parts[0];
  const std::vector<Value> values(parts.begin(), parts.end());
  Builder& builder = parts[0].builder();
  return {builder, builder.op("concat", values, {{"axis", std::int64_t{axis}}})};
}

Tensor iota(Builder& builder, Shape shape, int axis, DType dtype) {
  return {
      builder,
      builder.op("iota", {},
                 {{"shape", std::move(shape)}, {"axis", std::int64_t{axis}}, {"dtype", dtype}})};
}

Tensor expand(const Tensor& x, int axis) {
  Shape shape = x.shape();
  if (axis > x.rank()) return x; // after an error
  shape.insert(shape.begin() + axis, 1);
  return reshape(x, std::move(shape));
}

Axes all_axes(int rank) {
  Axes axes(static_cast<std::size_t>(rank));
  std::iota(axes.begin(), axes.end(), 0);
  return axes;
}

} // namespace nnc::nn
