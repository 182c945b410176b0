// Variances as the mean of squares less the square of the mean, which cancel to noise or below 0
// where elements differ little: the mean of squares of what is left without the mean.

#include "compiler/rewrite/lists.h"
#include "compiler/rewrite/pattern.h"

#include <algorithm>
#include <cmath>

namespace nnc {
namespace {

using namespace pattern;

/// factor * sum(x, axes)
struct ScaledSum {
  Value x;
  std::vector<std::int64_t> axes;
  double factor = 1;
};

constexpr int factors_followed = 3;

/// The value below numbers that it is multiplied with or divided by, and below its shape.
Value unscaled(const Graph& g, Value value, double& factor) {
  for (int i = 0; i < factors_followed; ++i) {
    const bool quotient = is(g, value, "div");
    if (is(g, value, "reshape")) {
      value = operand(g, value);
    } else if (quotient || is(g, value, "mul")) {
      const auto number = splat(g, operand(g, value, 1));
      if (!number) break;
      factor *= quotient ? 1 / *number : *number;
      value = operand(g, value);
    }
  }
  return value;
}

std::optional<ScaledSum> scaled_sum(const Graph& g, Value value) {
  ScaledSum result;
  const Value sum = unscaled(g, value, result.factor);
  if (!is(g, sum, "sum") || g.attrs(sum).boolean("keep")) return std::nullopt;
  result.x = operand(g, sum);
  result.axes = g.attrs(sum).integers("axes");
  return result;
}

/// factor * sum(x)^2, where the factors within the square count twice.
std::optional<ScaledSum> squared_sum(const Graph& g, Value value) {
  double outside = 1;
  const Value square = unscaled(g, value, outside);
  if (!is(g, square, "mul") || operand(g, square, 0) != operand(g, square, 1)) return std::nullopt;
  auto result = scaled_sum(g, operand(g, square));
  if (result) result->factor *= result->factor * outside;
  return result;
}

double elements_of(const Shape& shape, const std::vector<std::int64_t>& axes) {
  double count = 1;
  for (const std::int64_t axis : axes)
    count *= static_cast<double>(shape[static_cast<std::size_t>(axis)]);
  return count;
}

/// c*sum(x*x) - c/n*sum(x)^2 = c*sum((x - sum(x)/n)^2) over n elements
Value variance_of_moments(Builder& b, const Graph& g, NodeId node) {
  const auto squares = scaled_sum(g, g.operands(node)[0]);
  if (!squares || !is(g, squares->x, "mul")) return {};
  const Value x = operand(g, squares->x);
  const auto mean = squared_sum(g, g.operands(node)[1]);
  if (operand(g, squares->x, 1) != x || !mean || mean->x != x || mean->axes != squares->axes)
    return {};
  const Shape& shape = g.type(x).shape;
  const double count = elements_of(shape, squares->axes);
  // 1/n is a number of the dtype, and its square may be one that was rounded again.
  constexpr double rounding = 1e-6;
  if (!(std::abs(mean->factor * count - squares->factor) <= rounding * std::abs(squares->factor)))
    return {};
  std::vector<std::int64_t> kept;
  for (std::int64_t axis = 0; axis < g.type(x).rank(); ++axis)
    if (std::ranges::find(squares->axes, axis) == squares->axes.end()) kept.push_back(axis);
  const Value sum = b.sum(x, squares->axes);
  const Value middle = b.div(sum, b.full(b.type(sum), count));
  const Value rest = b.sub(x, b.broadcast(middle, shape, kept));
  const Value variance = b.mul(b.sum(b.mul(rest, rest), squares->axes), squares->factor);
  return b.reshape(variance, g.type(g.result(node)).shape);
}

constexpr std::array rows = {
    Rewrite{"variance-of-moments", "sub", variance_of_moments},
};

} // namespace

std::span<const Rewrite> variance_rewrites() { return rows; }

} // namespace nnc
