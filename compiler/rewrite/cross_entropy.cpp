// Cross-entropies from probabilities.

#include "compiler/rewrite/lists.h"
#include "compiler/rewrite/pattern.h"

namespace nnc {
namespace {

using namespace pattern;

/// The t of t * softplus(x) for a given x; t = 1 when `value` is softplus(x) itself is not meant.
std::optional<Value> weight_of_softplus(const Graph& g, Value value, Value& x) {
  if (!is(g, value, "mul")) return std::nullopt;
  for (const auto& [weight, function] : both_orders(g, value))
    if (is(g, function, "softplus")) {
      x = operand(g, function);
      return weight;
    }
  return std::nullopt;
}

/// Is `other` 1 - weight?
bool complement(const Graph& g, Value weight, Value other) {
  return is(g, other, "sub") && is_splat(g, operand(g, other, 0), 1) &&
         operand(g, other, 1) == weight;
}

/// y*softplus(-z) + (1-y)*softplus(z) = softplus(z) - y*z: cross-entropy on logits.
Value bce_of_sigmoid(Builder& b, const Graph& g, NodeId node) {
  for (const auto& [left, right] : both_orders(g, node)) {
    Value minus_z, z;
    const auto y = weight_of_softplus(g, left, minus_z);
    const auto rest = weight_of_softplus(g, right, z);
    if (!y || !rest || !complement(g, *y, *rest)) continue;
    if (opposite(g, minus_z, z)) return b.sub(b.op("softplus", {z}), b.mul(*y, z));
  }
  return {};
}

constexpr std::array rows = {
    Rewrite{"bce-of-sigmoid", "add", bce_of_sigmoid},
};

} // namespace

std::span<const Rewrite> cross_entropy_rewrites() { return rows; }

} // namespace nnc
