// Sums over rows of exponentials, their logarithms and softmax by exponentials, with the largest
// element of a row taken out.

#include "compiler/rewrite/factors.h"
#include "compiler/rewrite/lists.h"
#include "compiler/rewrite/logarithm.h"
#include "compiler/rewrite/magnitude.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace nnc {
namespace {

using namespace pattern;

Value first(const Graph& g, NodeId node) { return g.operands(node)[0]; }

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

/// log(u[i]) = log(u)[i] where u overflows or vanishes and its logarithm does not.
Value log_of_one(Builder& b, const Graph& g, NodeId node) {
  const Value one = first(g, node);
  if (!is(g, one, "gather") && !is(g, one, "slice")) return {};
  if (!magnitude_of(g, operand(g, one)).extreme) return {};
  return moved(b, g, one, b.op("log", {operand(g, one)}));
}

/// Is a condition true for one place along `axis`: that of an index which is checked?
bool picks_one(const Graph& g, Value condition, std::int64_t axis) {
  if (!is(g, condition, "eq")) return false;
  for (const auto& [place, wanted] : both_orders(g, condition))
    if (is(g, place, "iota") && g.attrs(place).integer("axis") == axis &&
        is(g, wanted, "broadcast") &&
        std::ranges::find(g.attrs(wanted).integers("axes"), axis) ==
            g.attrs(wanted).integers("axes").end() &&
        is(g, operand(g, wanted), "gather") && is(g, operand(g, operand(g, wanted)), "iota"))
      return true;
  return false;
}

/// log(sum(select(k == y, u, 0))) = sum(select(k == y, log(u), 0)): of the class that is asked for
Value log_of_picked(Builder& b, const Graph& g, NodeId node) {
  const Value sum = first(g, node);
  if (!is(g, sum, "sum") || g.attrs(sum).boolean("keep")) return {};
  const std::vector<std::int64_t>& axes = g.attrs(sum).integers("axes");
  const Value picked = operand(g, sum);
  if (axes.size() != 1 || !is(g, picked, "select") || !is_splat(g, operand(g, picked, 2), 0))
    return {};
  const Value condition = operand(g, picked), u = operand(g, picked, 1);
  if (!magnitude_of(g, u).extreme || !picks_one(g, condition, axes[0])) return {};
  const Value logarithm = b.op("log", {u});
  return b.sum(b.select(condition, logarithm, b.zeros_like(logarithm)), axes);
}

Value largest(Builder& b, const RowSum& row) {
  return b.op("stop_gradient", {b.op("max", {row.x}, {{"axes", row.axes}})});
}

std::vector<std::int64_t> other_axes(int rank, const std::vector<std::int64_t>& axes) {
  std::vector<std::int64_t> kept;
  for (std::int64_t axis = 0; axis < rank; ++axis)
    if (std::ranges::find(axes, axis) == axes.end()) kept.push_back(axis);
  return kept;
}

/// Does a broadcast put what was summed over `axes` back along the rows that it was summed of? It
/// may stand beside others where axes have one size.
bool along_rows(const Graph& g, Value broadcast, const std::vector<std::int64_t>& axes) {
  return g.attrs(broadcast).integers("axes") == other_axes(g.type(broadcast).rank(), axes);
}

/// x with the largest element of its row subtracted.
Value shifted(Builder& b, const RowSum& row, Value top) {
  return b.sub(row.x, b.broadcast(top, b.shape(row.x), other_axes(b.rank(row.x), row.axes)));
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
Value softmax_of_exp(Builder& b, const Graph& g, Value above, Value below) {
  const auto x = argument_of(g, above, "exp");
  if (!x || !is(g, below, "broadcast")) return {};
  const auto row = sum_of_exp(g, operand(g, below));
  if (!row || row->x != *x || !along_rows(g, below, row->axes)) return {};
  const Value numerator = b.op("exp", {shifted(b, *row, largest(b, *row))});
  const Value sum = b.sum(numerator, row->axes);
  return b.div(numerator, b.broadcast(sum, g.type(below).shape, g.attrs(below).integers("axes")));
}

/// sum(y*exp(x)) / sum(exp(x)) = sum(y*softmax(x)): a mean with exponentials as weights
Value mean_by_exp(Builder& b, const Graph& g, Value above, Value below) {
  const auto row = sum_of_exp(g, below);
  if (!row || g.attrs(above).boolean("keep") || g.attrs(above).integers("axes") != row->axes)
    return {};
  const Value product = operand(g, above);
  const auto is_weight = [&](const Factor& factor) {
    return !factor.below && argument_of(g, factor.value, "exp") == row->x;
  };
  if (std::ranges::none_of(Factors(g, product, false), is_weight)) return {};
  const Shape& shape = g.type(product).shape;
  const Value total = b.broadcast(below, shape, other_axes(b.rank(product), row->axes));
  return b.sum(b.div(product, total), row->axes);
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
        g.attrs(total).integers("axes") != axes || !along_rows(g, bottom, axes))
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

/// log(sum(y * exp(a) / S)) = log(sum(y * exp(a))) - log(S): the probability of a class picked out
/// by zeros and ones.
Value log_of_weighted_softmax(Builder& b, const Graph& g, NodeId node) {
  const Value sum = first(g, node);
  if (!is(g, sum, "sum") || g.attrs(sum).boolean("keep")) return {};
  const std::vector<std::int64_t>& axes = g.attrs(sum).integers("axes");
  const auto found = weighted_softmax(g, operand(g, sum), axes);
  if (!found) return {};
  const Value weighted = b.sum(b.mul(found->y, b.op("exp", {found->a})), axes);
  return b.sub(b.op("log", {weighted}), b.op("log", {found->total}));
}

/// The exp(a) of y*exp(a), unless it is what log_of_weighted_exp made.
struct WeightedExp {
  Value y, a;
};
std::optional<WeightedExp> weighted_exp(const Graph& g, Value product) {
  if (!is(g, product, "mul")) return std::nullopt;
  for (const auto& [exponential, y] : both_orders(g, product)) {
    const auto a = argument_of(g, exponential, "exp");
    if (a && !(is(g, *a, "select") && shifted_by_max(g, *a))) return WeightedExp{y, *a};
  }
  return std::nullopt;
}

/// log(sum(y * exp(a))) = m + log(sum(y * exp(a - m))), m being the largest a that y has a weight
/// for; that may not be the one that a is shifted by already.
Value log_of_weighted_exp(Builder& b, const Graph& g, NodeId node) {
  const Value sum = first(g, node);
  if (!is(g, sum, "sum") || g.attrs(sum).boolean("keep")) return {};
  const std::vector<std::int64_t>& axes = g.attrs(sum).integers("axes");
  const auto found = weighted_exp(g, operand(g, sum));
  if (!found || axes.empty()) return {};
  const auto [y, a] = *found;
  const Type& type = g.type(a);
  const Value none = b.full(type, -std::numeric_limits<double>::infinity());
  const Value weightless = b.op("eq", {y, b.zeros_like(y)});
  Value top = b.op("max", {b.select(weightless, none, a)}, {{"axes", axes}});
  top = b.op("stop_gradient", {finite_or_zero(b, top)}); // 0: no weight at all
  Value above = shifted(b, {a, axes}, top);
  const Value limit = b.full(type, largest_exponent(type.dtype)); // 0 times infinity is no number
  above = b.select(b.op("and", {weightless, b.op("gt", {above, limit})}), limit, above);
  const Value weighted = b.sum(b.mul(y, b.op("exp", {above})), axes);
  return b.add(b.op("log", {weighted}), top);
}

/// log(dot(u, v)) = log(sum(u*v)) where it is a sum over rows, of what has a logarithm.
Value log_of_dot(Builder& b, const Graph& g, NodeId node) {
  const Value dot = first(g, node);
  if (!is(g, dot, "dot")) return {};
  const Value u = operand(g, dot), v = operand(g, dot, 1);
  const auto &batch = g.attrs(dot).integer_lists("batch"),
             &contract = g.attrs(dot).integer_lists("contract");
  const bool rows = g.type(u) == g.type(v) && batch[0] == batch[1] && contract[0] == contract[1] &&
                    batch[0] == other_axes(g.type(u).rank(), contract[0]);
  if (!rows || !is_float(g.type(u).dtype) || g.type(dot).dtype != g.type(u).dtype) return {};
  if (!magnitude_of(g, u).extreme && !magnitude_of(g, v).extreme) return {};
  std::vector<std::int64_t> axes = contract[0];
  std::ranges::sort(axes);
  return b.op("log", {b.sum(b.mul(u, v), std::move(axes))});
}

constexpr Meeting in_row{"exp", softmax_of_exp}, of_rows{"sum", mean_by_exp};

constexpr std::array rows = {
    Rewrite{"softmax-of-exp", "div", across<in_row>},
    Rewrite{"softmax-of-exp", "mul", across<in_row>},
    Rewrite{"mean-by-exp", "div", across<of_rows>},
    Rewrite{"log-of-one-quotient", "log", log_of_one_quotient},
    Rewrite{"log-of-one", "log", log_of_one},
    Rewrite{"log-of-picked", "log", log_of_picked},
    Rewrite{"log-of-dot", "log", log_of_dot},
    Rewrite{"log-of-sum-of-exp", "log", log_of_sum_of_exp},
    Rewrite{"log-of-weighted-softmax", "log", log_of_weighted_softmax},
    Rewrite{"log-of-weighted-exp", "log", log_of_weighted_exp},
};

} // namespace

std::span<const Rewrite> softmax_rewrites() { return rows; }

} // namespace nnc
