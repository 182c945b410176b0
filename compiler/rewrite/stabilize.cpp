// Rewrites that keep textbook formulas finite: sigmoid and softmax by exponentials, their
// logarithms, cross-entropies from probabilities. Each gives the same function in real arithmetic.

#include "compiler/rewrite/lists.h"
#include "compiler/rewrite/pattern.h"

#include <algorithm>
#include <limits>

namespace nnc {
namespace {

using namespace pattern;

Value first(const Graph& g, NodeId node) { return g.operands(node)[0]; }
Value second(const Graph& g, NodeId node) { return g.operands(node)[1]; }

Value sigmoid(Builder& b, Value x) { return b.op("sigmoid", {x}); }
Value softplus(Builder& b, Value x) { return b.op("softplus", {x}); }

/// The x of 1 + exp(x).
std::optional<Value> one_plus_exp(const Graph& g, Value value) {
  if (!is(g, value, "add") || !is_splat(g, operand(g, value, 1), 1)) return std::nullopt;
  const Value exponential = operand(g, value, 0);
  if (!is(g, exponential, "exp")) return std::nullopt;
  return operand(g, exponential);
}

/// The x of 1 - sigmoid(x), in its simplest spelling sigmoid(-x), and of sigmoid(x).
std::optional<Value> argument_of(const Graph& g, Value value, std::string_view op) {
  if (!is(g, value, op)) return std::nullopt;
  return operand(g, value);
}

/// 1/(1+exp(x)) = sigmoid(-x); exp(x)/(1+exp(x)) = sigmoid(x).
Value sigmoid_of_exp(Builder& b, const Graph& g, NodeId node) {
  const auto x = one_plus_exp(g, second(g, node));
  if (!x) return {};
  if (is_splat(g, first(g, node), 1)) return sigmoid(b, b.neg(*x));
  if (const auto factor = splat(g, first(g, node))) return b.mul(sigmoid(b, b.neg(*x)), *factor);
  if (argument_of(g, first(g, node), "exp") == x) return sigmoid(b, *x);
  return {};
}

/// 1 - sigmoid(x) = sigmoid(-x), which keeps its digits where sigmoid(x) is near 1.
Value one_minus_sigmoid(Builder& b, const Graph& g, NodeId node) {
  const auto x = argument_of(g, second(g, node), "sigmoid");
  return x && is_splat(g, first(g, node), 1) ? sigmoid(b, b.neg(*x)) : Value{};
}

/// The same as the sum that `sub` and `neg` may have become: 1 + (-sigmoid(x)).
Value log_of_one_minus(Builder& b, const Graph& g, NodeId node) { // log1p(-sigmoid(x))
  const auto inner = negated(g, first(g, node));
  if (!inner) return {};
  const auto x = argument_of(g, *inner, "sigmoid");
  return x ? b.neg(softplus(b, *x)) : Value{};
}

/// log(sigmoid(x)) = -softplus(-x)
Value log_of_sigmoid(Builder& b, const Graph& g, NodeId node) {
  const auto x = argument_of(g, first(g, node), "sigmoid");
  return x ? b.neg(softplus(b, b.neg(*x))) : Value{};
}

/// log(1 + exp(x)) and log1p(exp(x)) = softplus(x)
Value softplus_of_log(Builder& b, const Graph& g, NodeId node) {
  const auto x = one_plus_exp(g, first(g, node));
  return x ? softplus(b, *x) : Value{};
}

Value softplus_of_log1p(Builder& b, const Graph& g, NodeId node) {
  const auto x = argument_of(g, first(g, node), "exp");
  return x ? softplus(b, *x) : Value{};
}

/// log(exp(a)/b) = a - log(b); log(1/b) = -log(b)
Value log_of_quotient(Builder& b, const Graph& g, NodeId node) {
  const Value quotient = first(g, node);
  if (!is(g, quotient, "div")) return {};
  const Value top = operand(g, quotient, 0), bottom = operand(g, quotient, 1);
  if (is_splat(g, top, 1)) return b.neg(b.op("log", {bottom}));
  if (const auto a = argument_of(g, top, "exp")) return b.sub(*a, b.op("log", {bottom}));
  if (!is(g, top, "reshape")) return {};
  const auto a = argument_of(g, operand(g, top), "exp");
  return a ? b.sub(b.reshape(*a, g.type(top).shape), b.op("log", {bottom})) : Value{};
}

/// A node that moves elements of its first operand, with another one in its place.
Value moved(Builder& b, const Graph& g, Value value, Value x) {
  const Node& node = g.producer(value);
  const AttrView view = g.attrs(node);
  NamedAttrs attrs;
  for (const AttrSpec& spec : node.row->attrs) attrs.push_back({spec.name, view.get(spec.name)});
  std::vector<Value> operands(node.inputs, node.inputs + node.input_count);
  operands[0] = x;
  return b.op(node.row->name, operands, attrs);
}

/// log((exp(a)/b)[i]) = a[i] - log(b)[i]: the logarithm of the probability of one class.
Value log_of_one_quotient(Builder& b, const Graph& g, NodeId node) {
  const Value one = first(g, node);
  if (!is(g, one, "gather") && !is(g, one, "slice")) return {};
  const Value quotient = operand(g, one);
  if (!is(g, quotient, "div")) return {};
  const auto a = argument_of(g, operand(g, quotient, 0), "exp");
  const Value bottom = operand(g, quotient, 1);
  return a ? b.sub(moved(b, g, one, *a), moved(b, g, one, b.op("log", {bottom}))) : Value{};
}

/// m of select(is_finite(m), m, 0), else the value itself.
Value where_finite(const Graph& g, Value value) {
  if (!is(g, value, "select") || !is_splat(g, operand(g, value, 2), 0)) return value;
  const Value condition = operand(g, value, 0), m = operand(g, value, 1);
  return is(g, condition, "is_finite") && operand(g, condition) == m ? m : value;
}

/// The value below everything that keeps its elements and moves no gradient.
Value below_views(const Graph& g, Value value) {
  while (is(g, value, "broadcast") || is(g, value, "reshape") || is(g, value, "stop_gradient"))
    value = operand(g, value);
  return value;
}

/// Is x already shifted by a maximum (x = y - broadcast(max)), or by one where that is finite?
bool shifted_by_max(const Graph& g, Value x) {
  if (!is(g, x, "sub")) return false;
  const Value shift = where_finite(g, below_views(g, operand(g, x, 1)));
  return is(g, below_views(g, shift), "max");
}

struct RowSum {
  Value x; ///< of exp(x)
  std::vector<std::int64_t> axes;
};

/// sum(exp(x), axes) where x may be large.
std::optional<RowSum> sum_of_exp(const Graph& g, Value value) {
  if (!is(g, value, "sum") || g.attrs(value).boolean("keep")) return std::nullopt;
  const auto x = argument_of(g, operand(g, value), "exp");
  if (!x || shifted_by_max(g, *x) || g.attrs(value).integers("axes").empty()) return std::nullopt;
  return RowSum{*x, g.attrs(value).integers("axes")};
}

Value largest(Builder& b, const RowSum& row) {
  return b.op("stop_gradient", {b.op("max", {row.x}, {{"axes", row.axes}})});
}

/// x with the largest element of its row subtracted.
Value shifted(Builder& b, const RowSum& row, Value top) {
  std::vector<std::int64_t> kept;
  for (std::int64_t axis = 0; axis < b.rank(row.x); ++axis)
    if (std::ranges::find(row.axes, axis) == row.axes.end()) kept.push_back(axis);
  return b.sub(row.x, b.broadcast(top, b.shape(row.x), kept));
}

/// `top`, or 0 where it is infinite or NaN: inf - inf would be no number.
Value finite_or_zero(Builder& b, Value top) {
  return b.select(b.op("is_finite", {top}), top, b.zeros_like(top));
}

/// log(sum(exp(x))) = m + log(sum(exp(x - m))), m the largest x; -inf of nothing but -inf
Value log_of_sum_of_exp(Builder& b, const Graph& g, NodeId node) {
  const auto row = sum_of_exp(g, first(g, node));
  if (!row) return {};
  const Value top = finite_or_zero(b, largest(b, *row));
  const Value sum = b.sum(b.op("exp", {shifted(b, *row, top)}), row->axes);
  return b.add(b.op("log", {sum}), top);
}

/// exp(x) / sum(exp(x)) with the largest x subtracted on both sides
Value softmax_of_exp(Builder& b, const Graph& g, NodeId node) {
  const Value top = first(g, node), bottom = second(g, node);
  const auto x = argument_of(g, top, "exp");
  if (!x || !is(g, bottom, "broadcast")) return {};
  const auto row = sum_of_exp(g, operand(g, bottom));
  if (!row || row->x != *x) return {};
  const Value numerator = b.op("exp", {shifted(b, *row, largest(b, *row))});
  const Value sum = b.sum(numerator, row->axes);
  return b.div(numerator, b.broadcast(sum, g.type(bottom).shape, g.attrs(bottom).integers("axes")));
}

/// Above this exp(x) is not a number of the dtype, or soon not.
double largest_exponent(DType dtype) {
  if (dtype == DType::f64) return 700;
  return dtype == DType::f16 ? 10 : 80;
}

/// y * exp(a) / S where S is the sum of exp(a) over `axes`.
struct WeightedSoftmax {
  Value y, a, total;
};

std::optional<WeightedSoftmax> weighted_softmax(const Graph& g, Value value,
                                                const std::vector<std::int64_t>& axes) {
  const auto match = [&](Value exponential, Value y,
                         Value bottom) -> std::optional<WeightedSoftmax> {
    const auto a = argument_of(g, exponential, "exp");
    if (!a || !is(g, bottom, "broadcast")) return std::nullopt;
    const Value total = operand(g, bottom);
    if (!is(g, total, "sum") || operand(g, total) != exponential ||
        g.attrs(total).integers("axes") != axes)
      return std::nullopt;
    return WeightedSoftmax{y, *a, total};
  };
  const bool outside = is(g, value, "div") && is(g, operand(g, value, 0), "mul");
  const Value product = outside ? operand(g, value, 0) : value;
  if (!is(g, product, "mul")) return std::nullopt;
  for (const auto& [left, y] : both_orders(g, product)) {
    if (!outside && !is(g, left, "div")) continue;
    const auto found = outside ? match(left, y, operand(g, value, 1))
                               : match(operand(g, left, 0), y, operand(g, left, 1));
    if (found) return found;
  }
  return std::nullopt;
}

/// log(sum(y * exp(a) / S)) = m + log(sum(y * exp(a - m))) - log(S), m being the largest a that y
/// has a weight for: the probability of a class picked out by zeros and ones.
Value log_of_weighted_softmax(Builder& b, const Graph& g, NodeId node) {
  const Value sum = first(g, node);
  if (!is(g, sum, "sum") || g.attrs(sum).boolean("keep")) return {};
  const std::vector<std::int64_t>& axes = g.attrs(sum).integers("axes");
  const auto found = weighted_softmax(g, operand(g, sum), axes);
  if (!found) return {};
  const auto [y, a, total] = *found;
  const Type& type = g.type(a);
  const Value none = b.full(type, -std::numeric_limits<double>::infinity());
  const Value weightless = b.op("eq", {y, b.zeros_like(y)});
  Value top = b.op("max", {b.select(weightless, none, a)}, {{"axes", axes}});
  top = b.op("stop_gradient", {finite_or_zero(b, top)}); // 0: no weight at all
  Value above = shifted(b, {a, axes}, top);
  const Value limit = b.full(type, largest_exponent(type.dtype)); // 0 times infinity is no number
  above = b.select(b.op("and", {weightless, b.op("gt", {above, limit})}), limit, above);
  const Value weighted = b.sum(b.mul(y, b.op("exp", {above})), axes);
  return b.sub(b.add(b.op("log", {weighted}), top), b.op("log", {total}));
}

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
    const auto opposite = negated(g, minus_z);
    const bool opposed =
        (opposite && *opposite == z) || negated(g, z) == minus_z ||
        (is(g, minus_z, "sub") && is(g, z, "sub") && operand(g, minus_z, 0) == operand(g, z, 1) &&
         operand(g, minus_z, 1) == operand(g, z, 0));
    if (opposed) return b.sub(softplus(b, z), b.mul(*y, z));
  }
  return {};
}

/// s*(1-s)-like quotients that remain when a sigmoid is differentiated as a quotient:
/// exp(x) * sigmoid(-x) = sigmoid(x).
Value exp_times_sigmoid(Builder& b, const Graph& g, NodeId node) {
  for (const auto& [exponential, function] : both_orders(g, node)) {
    const auto x = argument_of(g, exponential, "exp");
    const auto y = argument_of(g, function, "sigmoid");
    if (!x || !y) continue;
    const auto opposite = negated(g, *y);
    if ((opposite && *opposite == *x) || negated(g, *x) == *y) return sigmoid(b, *x);
  }
  return {};
}

std::vector<Rewrite> joined(std::initializer_list<std::span<const Rewrite>> parts) {
  std::vector<Rewrite> list;
  for (const std::span<const Rewrite> part : parts)
    list.insert(list.end(), part.begin(), part.end());
  return list;
}

constexpr std::array rows = {
    Rewrite{"sigmoid-of-exp", "div", sigmoid_of_exp},
    Rewrite{"softmax-of-exp", "div", softmax_of_exp},
    Rewrite{"one-minus-sigmoid", "sub", one_minus_sigmoid},
    Rewrite{"log-of-sigmoid", "log", log_of_sigmoid},
    Rewrite{"softplus-of-log", "log", softplus_of_log},
    Rewrite{"log-of-quotient", "log", log_of_quotient},
    Rewrite{"log-of-one-quotient", "log", log_of_one_quotient},
    Rewrite{"log-of-sum-of-exp", "log", log_of_sum_of_exp},
    Rewrite{"log-of-weighted-softmax", "log", log_of_weighted_softmax},
    Rewrite{"softplus-of-log1p", "log1p", softplus_of_log1p},
    Rewrite{"log-of-one-minus", "log1p", log_of_one_minus},
    Rewrite{"bce-of-sigmoid", "add", bce_of_sigmoid},
    Rewrite{"exp-times-sigmoid", "mul", exp_times_sigmoid},
};

} // namespace

RewriteList stabilizing_rewrites() {
  static const std::vector<Rewrite> all =
      joined({std::span<const Rewrite>(rows), hyperbolic_rewrites(), root_rewrites()});
  return {"stabilize", all};
}

RewriteList simplifying_rewrites() {
  static const std::vector<Rewrite> all = joined({arithmetic_rewrites(), layout_rewrites()});
  return {"simplify", all};
}

} // namespace nnc
