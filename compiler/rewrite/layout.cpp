#include "compiler/rewrite/lists.h"
#include "compiler/rewrite/pattern.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace nnc {
namespace {

using namespace pattern;
using Axes = std::vector<std::int64_t>;

Value only(const Graph& g, NodeId node) { return g.operands(node)[0]; }

Axes identity(std::size_t rank) {
  Axes axes(rank);
  std::iota(axes.begin(), axes.end(), 0);
  return axes;
}

Value broadcast_of_broadcast(Builder& b, const Graph& g, NodeId node) {
  const Value x = only(g, node);
  const Type& to = g.type(g.result(node));
  if (g.type(x) == to) return x;
  if (!is(g, x, "broadcast")) return {};
  const Axes outer = g.attrs(g.node(node)).integers("axes");
  Axes axes = g.attrs(x).integers("axes");
  for (std::int64_t& axis : axes) axis = outer[static_cast<std::size_t>(axis)];
  return b.broadcast(operand(g, x), to.shape, std::move(axes));
}

Value reshape_of_reshape(Builder& b, const Graph& g, NodeId node) {
  const Value x = only(g, node);
  const Type& to = g.type(g.result(node));
  if (g.type(x) == to) return x;
  if (is(g, x, "reshape")) return b.reshape(operand(g, x), to.shape);
  if (const auto value = splat(g, x)) return b.full(to, *value);
  return {};
}

Value transpose_of_transpose(Builder& b, const Graph& g, NodeId node) {
  const Value x = only(g, node);
  Axes perm = g.attrs(g.node(node)).integers("perm");
  if (perm == identity(perm.size())) return x;
  if (splat(g, x)) return b.full(g.type(g.result(node)), *splat(g, x));
  if (!is(g, x, "transpose")) return {};
  const Axes inner = g.attrs(x).integers("perm");
  for (std::int64_t& axis : perm) axis = inner[static_cast<std::size_t>(axis)];
  return b.transpose(operand(g, x), std::move(perm));
}

/// A reduction over axes that a broadcast made: the sum of n equal elements is n times one.
Value sum_of_broadcast(Builder& b, const Graph& g, NodeId node) {
  const Value x = only(g, node);
  if (!is(g, x, "broadcast") || g.attrs(g.node(node)).boolean("keep")) return {};
  if (!is_float(g.type(x).dtype) || g.type(x) == g.type(g.result(node))) return {};
  const Axes summed = g.attrs(g.node(node)).integers("axes"), mapped = g.attrs(x).integers("axes");
  const Shape& shape = g.type(x).shape;
  double count = 1;
  Axes rest; // summed axes that came from the operand, as its own
  for (const std::int64_t axis : summed) {
    const auto from = std::ranges::find(mapped, axis);
    if (from == mapped.end())
      count *= static_cast<double>(shape[static_cast<std::size_t>(axis)]);
    else
      rest.push_back(from - mapped.begin());
  }
  if (rest.size() == summed.size() || count == 0) return {}; // 0 * inf is no empty sum
  Axes positions; // where the kept axes of the operand stand in the result
  for (std::size_t i = 0; i < mapped.size(); ++i) {
    if (std::ranges::find(rest, static_cast<std::int64_t>(i)) != rest.end()) continue;
    positions.push_back(mapped[i] - std::ranges::count_if(summed, [&](std::int64_t axis) {
                          return axis < mapped[i];
                        }));
  }
  const Value part = b.sum(operand(g, x), rest);
  return b.broadcast(b.mul(part, count), g.type(g.result(node)).shape, std::move(positions));
}

Value sum_of_sum(Builder& b, const Graph& g, NodeId node) {
  const Value x = only(g, node);
  const Axes outer = g.attrs(g.node(node)).integers("axes");
  if (outer.empty()) { // a sum of nothing still widens small integers
    const bool same = g.type(x) == g.type(g.node(node).first);
    return same ? x : Value{};
  }
  if (!is(g, x, "sum") || g.attrs(x).boolean("keep") || g.attrs(g.node(node)).boolean("keep"))
    return {};
  if (!is_float(g.type(x).dtype)) return {};
  const Axes inner = g.attrs(x).integers("axes");
  Axes kept; // axes of the innermost operand that the inner sum leaves
  for (std::int64_t axis = 0; axis < g.type(operand(g, x)).rank(); ++axis)
    if (std::ranges::find(inner, axis) == inner.end()) kept.push_back(axis);
  Axes all = inner;
  for (const std::int64_t axis : outer) all.push_back(kept[static_cast<std::size_t>(axis)]);
  std::ranges::sort(all);
  return b.sum(operand(g, x), std::move(all));
}

/// sum(c * x) = c * sum(x): fewer products, and the scale of a mean stays outside.
Value sum_of_scaled(Builder& b, const Graph& g, NodeId node) {
  const Value x = only(g, node);
  if (!is(g, x, "mul") || !is_float(g.type(x).dtype)) return {};
  const auto factor = splat(g, operand(g, x, 1));
  if (!factor) return {};
  return b.mul(b.sum(operand(g, x, 0), g.attrs(g.node(node)).integers("axes"),
                     g.attrs(g.node(node)).boolean("keep")),
               *factor);
}

/// A sum over axes that both sides of a dot run along together contracts them too.
Value sum_of_dot(Builder& b, const Graph& g, NodeId node) {
  const Value x = only(g, node);
  if (!is(g, x, "dot") || g.attrs(g.node(node)).boolean("keep")) return {};
  if (g.type(x).dtype != g.type(g.result(node)).dtype) return {};
  const Axes summed = g.attrs(g.node(node)).integers("axes");
  const auto batch = g.attrs(x).integer_lists("batch");
  auto contract = g.attrs(x).integer_lists("contract");
  std::vector<Axes> rest(2);
  std::size_t moved = 0;
  for (std::size_t i = 0; i < batch[0].size(); ++i) {
    const bool sums = std::ranges::find(summed, static_cast<std::int64_t>(i)) != summed.end();
    moved += sums ? 1 : 0;
    for (const std::size_t side : {0u, 1u})
      (sums ? contract : rest)[side].push_back(batch[side][i]);
  }
  if (moved == 0 || moved != summed.size()) return {};
  return b.dot(operand(g, x, 0), operand(g, x, 1), rest, contract);
}

NamedAttrs attributes_of(const Graph& g, NodeId node) {
  const Node& original = g.node(node);
  const Attrs& values = g.context().attrs[original.attrs];
  NamedAttrs attrs;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!absent(values[i])) attrs.push_back({original.row->attrs[i].name, values[i]});
  return attrs;
}

/// The one operand of an element-wise node that is no splat, if all such are made by `view` from
/// operands of equal shape and with equal attributes.
std::optional<Value> common_view(const Graph& g, NodeId node, std::string_view view) {
  std::optional<Value> like;
  for (const Value value : g.operands(node)) {
    if (splat(g, value)) continue;
    if (!is(g, value, view)) return std::nullopt;
    if (like && (g.producer(value).attrs != g.producer(*like).attrs ||
                 g.type(operand(g, value)).shape != g.type(operand(g, *like)).shape))
      return std::nullopt;
    like = value;
  }
  return like;
}

/// The same arithmetic on what the views are made from.
Value before_view(Builder& b, const Graph& g, NodeId node, Value like) {
  const Shape small = g.type(operand(g, like)).shape;
  std::vector<Value> inner;
  for (const Value value : g.operands(node))
    inner.push_back(splat(g, value) ? b.full({g.type(value).dtype, small}, *splat(g, value))
                                    : operand(g, value));
  return b.op(g.node(node).row->name, inner, attributes_of(g, node));
}

/// Where all operands are broadcasts alike, the arithmetic is done before the broadcast.
Value arithmetic_of_broadcasts(Builder& b, const Graph& g, NodeId node) {
  const auto like = common_view(g, node, "broadcast");
  if (!like) return {};
  const std::vector<std::int64_t> axes = g.attrs(*like).integers("axes");
  return b.broadcast(before_view(b, g, node, *like), g.type(g.result(node)).shape, axes);
}

/// Likewise for reshapes, which then meet and cancel.
Value arithmetic_of_reshapes(Builder& b, const Graph& g, NodeId node) {
  const auto like = common_view(g, node, "reshape");
  if (!like) return {};
  return b.reshape(before_view(b, g, node, *like), g.type(g.result(node)).shape);
}

/// A reduction that keeps its axes is a reshape of one that does not.
Value kept_axes(Builder& b, const Graph& g, NodeId node) {
  if (!g.attrs(g.node(node)).boolean("keep")) return {};
  const Value flat = b.op(g.node(node).row->name, {only(g, node)},
                          {{"axes", g.attrs(g.node(node)).integers("axes")}});
  return b.reshape(flat, g.type(g.result(node)).shape);
}

/// A transposed operand of a dot only renames its axes.
Value dot_of_transpose(Builder& b, const Graph& g, NodeId node) {
  const auto operands = g.operands(node);
  std::array<Value, 2> sides{operands[0], operands[1]};
  auto batch = g.attrs(g.node(node)).integer_lists("batch");
  auto contract = g.attrs(g.node(node)).integer_lists("contract");
  bool changed = false;
  for (std::size_t side = 0; side < 2; ++side) {
    if (!is(g, sides[side], "transpose")) continue;
    const Axes perm = g.attrs(sides[side]).integers("perm");
    Axes free_before, free_after; // order of the operand's other axes must stay
    for (std::size_t i = 0; i < perm.size(); ++i) {
      const auto axis = static_cast<std::int64_t>(i);
      if (std::ranges::find(batch[side], axis) == batch[side].end() &&
          std::ranges::find(contract[side], axis) == contract[side].end())
        free_before.push_back(perm[i]);
    }
    free_after = free_before;
    std::ranges::sort(free_after);
    if (free_before != free_after) continue;
    for (Axes* list : {&batch[side], &contract[side]})
      for (std::int64_t& axis : *list) axis = perm[static_cast<std::size_t>(axis)];
    sides[side] = operand(g, sides[side]);
    changed = true;
  }
  return changed ? b.dot(sides[0], sides[1], batch, contract) : Value{};
}

/// The square matrix with ones where the positions along its axes are equal.
bool is_identity(const Graph& g, Value value) {
  if (!is(g, value, "cast") || !is(g, operand(g, value), "eq")) return false;
  const Value rows = operand(g, operand(g, value), 0), columns = operand(g, operand(g, value), 1);
  if (!is(g, rows, "iota") || !is(g, columns, "iota")) return false;
  const Shape& shape = g.type(value).shape;
  return shape.size() == 2 && shape[0] == shape[1] &&
         g.attrs(rows).integer("axis") != g.attrs(columns).integer("axis");
}

/// The identity times x is x, its contracted axis where the identity's other axis would be.
Value dot_with_identity(Builder& b, const Graph& g, NodeId node) {
  const auto& contract = g.attrs(g.node(node)).integer_lists("contract");
  if (!g.attrs(g.node(node)).integer_lists("batch")[0].empty() || contract[0].size() != 1)
    return {};
  for (const std::size_t side : {0u, 1u}) {
    const Value x = g.operands(node)[1 - side];
    if (!is_identity(g, g.operands(node)[side]) || g.type(x).dtype != g.type(g.result(node)).dtype)
      continue;
    Axes perm = identity(g.type(x).shape.size());
    const std::int64_t axis = contract[1 - side][0];
    perm.erase(perm.begin() + axis);
    perm.insert(side == 0 ? perm.begin() : perm.end(), axis);
    return b.transpose(x, perm);
  }
  return {};
}

/// A transpose that only exchanges the two free parts of a dot is the dot of exchanged operands.
Value transpose_of_dot(Builder& b, const Graph& g, NodeId node) {
  const Value x = only(g, node);
  if (!is(g, x, "dot")) return {};
  const auto batch = g.attrs(x).integer_lists("batch"),
             contract = g.attrs(x).integer_lists("contract");
  const auto shared = static_cast<std::int64_t>(batch[0].size());
  const auto rest = [&](int side) {
    const auto s = static_cast<std::size_t>(side);
    return static_cast<std::int64_t>(g.type(operand(g, x, side)).rank()) - shared -
           static_cast<std::int64_t>(contract[s].size());
  };
  Axes exchanged = identity(static_cast<std::size_t>(shared));
  for (std::int64_t i = 0; i < rest(1); ++i) exchanged.push_back(shared + rest(0) + i);
  for (std::int64_t i = 0; i < rest(0); ++i) exchanged.push_back(shared + i);
  if (g.attrs(g.node(node)).integers("perm") != exchanged) return {};
  return b.dot(operand(g, x, 1), operand(g, x, 0), {batch[1], batch[0]},
               {contract[1], contract[0]});
}

Value reverse_of_reverse(Builder&, const Graph& g, NodeId node) {
  const Value x = only(g, node);
  return is(g, x, "reverse") &&
                 g.context().attrs[g.producer(x).attrs] == g.context().attrs[g.node(node).attrs]
             ? operand(g, x)
             : Value{};
}

Value layout_of_splat(Builder& b, const Graph& g, NodeId node) {
  const auto value = splat(g, only(g, node));
  return value ? b.full(g.type(g.result(node)), *value) : Value{};
}

/// A slice or concat that moves nothing.
Value same_type_view(Builder&, const Graph& g, NodeId node) {
  return g.type(only(g, node)) == g.type(g.result(node)) ? only(g, node) : Value{};
}

/// The axis along which a pad puts zeros on one side alone, and nothing anywhere else.
std::optional<std::size_t> padded_axis(const Graph& g, Value x, std::string_view side) {
  if (!is(g, x, "pad") || g.attrs(x).real("value") != 0) return std::nullopt;
  std::optional<std::size_t> found;
  for (const std::string_view name : {"low", "high", "interior"}) {
    const Axes& entries = g.attrs(x).integers(name);
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (entries[i] == 0) continue;
      if (found || name != side || entries[i] < 0) return std::nullopt;
      found = i;
    }
  }
  return found;
}

/// What is put in front of zeros and behind others of the same number is put one after the other:
/// gradients of the pieces that a tensor was taken apart into.
Value sum_of_pieces(Builder& b, const Graph& g, NodeId node) {
  for (const auto& [front, back] : both_orders(g, node)) {
    const auto axis = padded_axis(g, front, "high");
    if (!axis || axis != padded_axis(g, back, "low")) continue;
    const Value x = operand(g, front), y = operand(g, back);
    if (g.type(x).shape[*axis] != g.attrs(back).integers("low")[*axis]) continue;
    return b.op("concat", {x, y}, {{"axis", static_cast<std::int64_t>(*axis)}});
  }
  return {};
}

constexpr std::array rows = {
    Rewrite{"broadcast-of-broadcast", "broadcast", broadcast_of_broadcast},
    Rewrite{"reshape-of-reshape", "reshape", reshape_of_reshape},
    Rewrite{"transpose-of-transpose", "transpose", transpose_of_transpose},
    Rewrite{"transpose-of-dot", "transpose", transpose_of_dot},
    Rewrite{"reverse-of-reverse", "reverse", reverse_of_reverse},
    Rewrite{"reverse-of-splat", "reverse", layout_of_splat},
    Rewrite{"slice-of-splat", "slice", layout_of_splat},
    Rewrite{"whole-slice", "slice", same_type_view},
    Rewrite{"concat-of-one", "concat", same_type_view},
    Rewrite{"sum-of-pieces", "add", sum_of_pieces},
    Rewrite{"kept-axes", "sum", kept_axes},
    Rewrite{"kept-axes", "prod", kept_axes},
    Rewrite{"kept-axes", "max", kept_axes},
    Rewrite{"kept-axes", "min", kept_axes},
    Rewrite{"sum-of-broadcast", "sum", sum_of_broadcast},
    Rewrite{"sum-of-sum", "sum", sum_of_sum},
    Rewrite{"sum-of-scaled", "sum", sum_of_scaled},
    Rewrite{"sum-of-dot", "sum", sum_of_dot},
    Rewrite{"dot-with-identity", "dot", dot_with_identity},
    Rewrite{"dot-of-transpose", "dot", dot_of_transpose},
};

/// One row per element-wise op would repeat itself; the theme is a list of names.
constexpr std::array elementwise = {"neg",  "exp", "log",     "log1p",    "sqrt", "rsqrt",
                                    "tanh", "abs", "sigmoid", "softplus", "add",  "sub",
                                    "mul",  "div", "maximum", "minimum",  "pow",  "cast"};

const std::vector<Rewrite>& all_rows() {
  static const std::vector<Rewrite> all = [] {
    std::vector<Rewrite> list(rows.begin(), rows.end());
    for (const char* op : elementwise)
      for (const Rewrite& row : {Rewrite{"arithmetic-of-broadcasts", op, arithmetic_of_broadcasts},
                                 Rewrite{"arithmetic-of-reshapes", op, arithmetic_of_reshapes}})
        list.push_back(row);
    return list;
  }();
  return all;
}

} // namespace

std::span<const Rewrite> layout_rewrites() { return all_rows(); }

} // namespace nnc
