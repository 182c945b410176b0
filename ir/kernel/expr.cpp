#include "ir/kernel/expr.h"

#include "ir/kernel/combiner.h"
#include "ir/kernel/integer_steps.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

namespace nnc {
namespace {

struct OpInfo {
  std::string_view name;
  int arity;
};

constexpr std::array<OpInfo, scalar_op_count> op_infos = {{
    {"constant", 0},  {"element", 0},   {"load", 0},    {"index", 0},      {"neg", 1},
    {"abs", 1},       {"sign", 1},      {"add", 2},     {"sub", 2},        {"mul", 2},
    {"div", 2},       {"rem", 2},       {"fma", 3},     {"maximum", 2},    {"minimum", 2},
    {"sqrt", 1},      {"floor", 1},     {"ceil", 1},    {"round", 1},      {"bit_not", 1},
    {"bit_and", 2},   {"bit_or", 2},    {"bit_xor", 2}, {"shift_left", 2}, {"shift_right", 2},
    {"eq", 2},        {"ne", 2},        {"lt", 2},      {"le", 2},         {"gt", 2},
    {"ge", 2},        {"is_finite", 1}, {"is_nan", 1},  {"select", 3},     {"cast", 1},
    {"bitcast", 1},   {"exp", 1},       {"expm1", 1},   {"log", 1},        {"log1p", 1},
    {"rsqrt", 1},     {"sin", 1},       {"cos", 1},     {"tan", 1},        {"asin", 1},
    {"acos", 1},      {"atan", 1},      {"sinh", 1},    {"cosh", 1},       {"asinh", 1},
    {"acosh", 1},     {"atanh", 1},     {"tanh", 1},    {"sigmoid", 1},    {"softplus", 1},
    {"erf", 1},       {"erfc", 1},      {"lgamma", 1},  {"pow", 2},        {"atan2", 2},
    {"polygamma", 2}, {"reduce", 1},
}};

constexpr std::array<std::string_view, 6> combiner_names = {"sum", "prod",   "max",
                                                            "min", "argmax", "argmin"};

std::size_t mix(std::size_t hash, std::uint64_t word) {
  hash = (hash ^ word) * 0xff51afd7ed558ccdu;
  return hash ^ (hash >> 32);
}

std::size_t hash_node(const ExprNode& node) {
  std::size_t hash = static_cast<std::size_t>(node.op) |
                     (static_cast<std::size_t>(node.dtype) << 8) |
                     (static_cast<std::size_t>(node.combiner) << 16);
  for (const Expr operand : node.operand) hash = mix(hash, operand.id);
  hash = mix(hash, node.bits);
  hash = mix(hash, (std::uint64_t{node.source} << 32) | node.list);
  return mix(hash, node.guard.id);
}

template <class List>
std::size_t hash_list(const List& list) {
  std::size_t hash = list.size();
  for (const auto item : list) hash = mix(hash, item.id);
  return hash;
}

double round_to(DType dtype, double value) {
  switch (dtype) {
  case DType::f64:
    return value;
  case DType::f32:
    return static_cast<double>(static_cast<float>(value));
  case DType::f16:
    return f16_to_float(float_to_f16(static_cast<float>(value)));
  case DType::bf16:
    return bf16_to_float(float_to_bf16(static_cast<float>(value)));
  default:
    throw InternalError("round_to: not a float dtype");
  }
}

bool yields_bool(ScalarOp op) { return (op >= ScalarOp::eq && op <= ScalarOp::is_nan); }

} // namespace

std::string_view scalar_op_name(ScalarOp op) { return op_infos[static_cast<std::size_t>(op)].name; }

std::optional<ScalarOp> scalar_op_from_name(std::string_view name) {
  for (std::size_t i = 0; i < op_infos.size(); ++i)
    if (op_infos[i].name == name) return static_cast<ScalarOp>(i);
  return std::nullopt;
}

int scalar_op_arity(ScalarOp op) { return op_infos[static_cast<std::size_t>(op)].arity; }

double scalar_op_cost(ScalarOp op) {
  if (op >= ScalarOp::exp && op <= ScalarOp::polygamma) return 10;
  if (op == ScalarOp::fma) return 2;
  return scalar_op_arity(op) > 0 ? 1 : 0;
}

std::string_view combiner_name(Combiner combiner) {
  return combiner_names[static_cast<std::size_t>(combiner)];
}

ExprPool::ExprPool() { intern_axes({}); }

Expr ExprPool::intern(const ExprNode& node) {
  const std::size_t hash = hash_node(node);
  for (auto [it, end] = interned_.equal_range(hash); it != end; ++it)
    if (nodes_[it->second] == node) return Expr{it->second};
  const auto id = static_cast<std::uint32_t>(nodes_.size());
  free_.push_back(compute_free_axes(node));
  nodes_.push_back(node);
  interned_.emplace(hash, id);
  return Expr{id};
}

std::uint32_t ExprPool::intern_indices(std::span<const Index> list) {
  const std::size_t hash = hash_list(list);
  for (auto [it, end] = interned_indices_.equal_range(hash); it != end; ++it)
    if (std::ranges::equal(index_lists_[it->second], list)) return it->second;
  index_lists_.emplace_back(list.begin(), list.end());
  const auto id = static_cast<std::uint32_t>(index_lists_.size() - 1);
  interned_indices_.emplace(hash, id);
  return id;
}

std::uint32_t ExprPool::intern_axes(std::vector<Axis> list) {
  const std::size_t hash = hash_list(list);
  for (auto [it, end] = interned_axes_.equal_range(hash); it != end; ++it)
    if (axis_lists_[it->second] == list) return it->second;
  axis_lists_.push_back(std::move(list));
  const auto id = static_cast<std::uint32_t>(axis_lists_.size() - 1);
  interned_axes_.emplace(hash, id);
  return id;
}

std::uint32_t ExprPool::compute_free_axes(const ExprNode& node) {
  std::vector<Axis> axes;
  const auto join = [&](std::span<const Axis> more) {
    axes.insert(axes.end(), more.begin(), more.end());
  };
  const auto join_index = [&](Index index) {
    join(indices_.axes_of(index));
    for (const std::uint32_t data : indices_.data_of(index)) join(axis_lists_[free_[data]]);
  };
  for (int i = 0; i < node.arity; ++i) join(axis_lists_[free_[node.operand[i].id]]);
  if (node.guard.valid()) join(axis_lists_[free_[node.guard.id]]);
  if (node.op == ScalarOp::element || node.op == ScalarOp::load)
    for (const Index index : index_lists_[node.list]) join_index(index);
  if (node.op == ScalarOp::index) join_index(Index{node.source});
  std::sort(axes.begin(), axes.end());
  axes.erase(std::unique(axes.begin(), axes.end()), axes.end());
  if (node.op == ScalarOp::reduce)
    for (const Axis bound : axis_lists_[node.list]) std::erase(axes, bound);
  return intern_axes(std::move(axes));
}

Expr ExprPool::constant(DType dtype, double value) {
  if (!is_float(dtype)) return constant_int(dtype, static_cast<std::int64_t>(value));
  ExprNode node{.op = ScalarOp::constant, .dtype = dtype};
  node.bits = std::bit_cast<std::uint64_t>(round_to(dtype, value));
  return intern(node);
}

Expr ExprPool::constant_int(DType dtype, std::int64_t value) {
  if (is_float(dtype)) return constant(dtype, static_cast<double>(value));
  ExprNode node{.op = ScalarOp::constant, .dtype = dtype};
  node.bits = static_cast<std::uint64_t>(wrap_integer(dtype, value));
  return intern(node);
}

Expr ExprPool::unary(ScalarOp op, Expr a) {
  ExprNode node{.op = op, .dtype = yields_bool(op) ? DType::boolean : dtype(a), .arity = 1};
  node.operand[0] = a;
  return intern(node);
}

namespace {

/// Which operand, if the other one changes nothing: x + 0, 1 * x, x >> 0.
std::optional<Expr> unchanged(ScalarOp op, Expr a, Expr b, std::optional<std::int64_t> x,
                              std::optional<std::int64_t> y) {
  const bool product = op == ScalarOp::mul;
  if (product || op == ScalarOp::add || op == ScalarOp::bit_or)
    if (x == std::int64_t{product}) return b;
  const bool by_one = product || op == ScalarOp::div;
  const bool by_zero = op == ScalarOp::add || op == ScalarOp::sub || op == ScalarOp::bit_or ||
                       op == ScalarOp::shift_left || op == ScalarOp::shift_right;
  if ((by_one && y == 1) || (by_zero && y == 0)) return a;
  return std::nullopt;
}

/// Integer arithmetic whose result is known. Bodies of rows make it: a first run begins at 0.
std::optional<Expr> known(ExprPool& pool, ScalarOp op, Expr a, Expr b) {
  const DType dtype = pool.dtype(a);
  const auto x = pool.as_integer(a), y = pool.as_integer(b);
  if (!x || !y) return is_float(dtype) ? std::nullopt : unchanged(op, a, b, x, y);
  std::int64_t result = 0;
  if (yields_bool(op)) {
    compare_integers(op, &result, &*x, &*y, 1);
    return pool.constant_int(DType::boolean, result);
  }
  integer_step(op, dtype, &result, &*x, &*y, 1);
  return pool.constant_int(dtype, result);
}

} // namespace

Expr ExprPool::binary(ScalarOp op, Expr a, Expr b) {
  if (dtype(a) != dtype(b))
    throw InternalError("scalar " + std::string(scalar_op_name(op)) + " of " +
                        std::string(dtype_name(dtype(a))) + " and " +
                        std::string(dtype_name(dtype(b))));
  if (const auto result = known(*this, op, a, b)) return *result;
  ExprNode node{.op = op, .dtype = yields_bool(op) ? DType::boolean : dtype(a), .arity = 2};
  node.operand[0] = a;
  node.operand[1] = b;
  return intern(node);
}

Expr ExprPool::fma(Expr a, Expr b, Expr c) {
  ExprNode node{.op = ScalarOp::fma, .dtype = dtype(a), .arity = 3};
  node.operand[0] = a;
  node.operand[1] = b;
  node.operand[2] = c;
  return intern(node);
}

Expr ExprPool::select(Expr condition, Expr a, Expr b) {
  if (dtype(condition) != DType::boolean || dtype(a) != dtype(b))
    throw InternalError("scalar select: operand dtypes differ");
  if (a == b) return a;
  if (const auto known = as_integer(condition)) return *known ? a : b;
  ExprNode node{.op = ScalarOp::select, .dtype = dtype(a), .arity = 3};
  node.operand[0] = condition;
  node.operand[1] = a;
  node.operand[2] = b;
  return intern(node);
}

Expr ExprPool::cast(Expr a, DType to) {
  if (dtype(a) == to) return a;
  ExprNode node{.op = ScalarOp::cast, .dtype = to, .arity = 1};
  node.operand[0] = a;
  return intern(node);
}

Expr ExprPool::bitcast(Expr a, DType to) {
  if (dtype(a) == to) return a;
  if (dtype_size(dtype(a)) != dtype_size(to)) throw InternalError("bitcast changes the width");
  ExprNode node{.op = ScalarOp::bitcast, .dtype = to, .arity = 1};
  node.operand[0] = a;
  return intern(node);
}

Expr ExprPool::polygamma(int order, Expr x) {
  ExprNode node{.op = ScalarOp::polygamma, .dtype = dtype(x), .arity = 2};
  node.operand[0] = constant_int(DType::i64, order);
  node.operand[1] = x;
  return intern(node);
}

Expr ExprPool::read(ExprNode node, std::span<const Index> at, Expr guard) {
  node.list = intern_indices(at);
  node.guard = guard;
  return intern(node);
}

Expr ExprPool::element(std::uint32_t value, DType dtype, std::span<const Index> at, Expr guard) {
  return read({.op = ScalarOp::element, .dtype = dtype, .source = value}, at, guard);
}

Expr ExprPool::load(std::uint32_t buffer, DType dtype, std::span<const Index> at, Expr guard) {
  return read({.op = ScalarOp::load, .dtype = dtype, .source = buffer}, at, guard);
}

Expr ExprPool::index_value(Index index, DType dtype) {
  if (const auto known = indices_.as_constant(index)) return constant_int(dtype, *known);
  ExprNode node{.op = ScalarOp::index, .dtype = DType::i64};
  node.source = index.id;
  return cast(intern(node), dtype);
}

Expr ExprPool::in_range(Index index, std::int64_t low, std::int64_t high) {
  const IndexRange range = indices_.range(index);
  if (range.low >= low && range.high < high) return constant_int(DType::boolean, 1);
  if (range.high < low || range.low >= high) return constant_int(DType::boolean, 0);
  const Expr value = index_value(index);
  Expr inside{};
  if (range.low < low) inside = binary(ScalarOp::ge, value, constant_int(DType::i64, low));
  if (range.high >= high)
    inside = both(inside, binary(ScalarOp::lt, value, constant_int(DType::i64, high)));
  return inside;
}

Expr ExprPool::both(Expr a, Expr b) {
  if (!a.valid() || a == b) return b;
  if (!b.valid()) return a;
  if (const auto known = as_integer(a)) return *known ? b : a;
  if (const auto known = as_integer(b)) return *known ? a : b;
  return binary(ScalarOp::bit_and, a, b);
}

Expr ExprPool::reduce(Combiner combiner, std::span<const Axis> axes, Expr body) {
  const bool arg = gives_position(combiner);
  if (arg && axes.size() != 1) throw InternalError("argmax reduces one axis");
  if (axes.empty()) return body;
  std::vector<Axis> bound(axes.begin(), axes.end());
  if (!arg) // of one element: that, after what a sum begins with, which makes a 0 of -0
    std::erase_if(bound, [this](Axis axis) { return indices().axis(axis).extent == 1; });
  if (bound.empty()) {
    const bool signs = combiner == Combiner::sum && is_float(dtype(body));
    return signs ? binary(ScalarOp::add, body, constant(dtype(body), 0.0)) : body;
  }
  const ExprNode inner = node(body); // a sum of sums is one sum
  if (!arg && inner.op == ScalarOp::reduce && inner.combiner == combiner &&
      combiner != Combiner::prod) {
    bound.insert(bound.end(), axis_lists_[inner.list].begin(), axis_lists_[inner.list].end());
    body = inner.operand[0];
  }
  ExprNode result{.op = ScalarOp::reduce,
                  .dtype = arg ? DType::i64 : dtype(body),
                  .combiner = combiner,
                  .arity = 1};
  result.operand[0] = body;
  result.list = intern_axes(std::move(bound));
  return intern(result);
}

Expr ExprPool::copy(const ExprNode& node, std::span<const Expr> operands) {
  if (node.arity == 2)
    if (const auto result = known(*this, node.op, operands[0], operands[1])) return *result;
  ExprNode same = node;
  for (int i = 0; i < node.arity; ++i) same.operand[i] = operands[static_cast<std::size_t>(i)];
  return intern(same);
}

std::optional<double> ExprPool::as_real(Expr expr) const {
  const ExprNode& found = nodes_[expr.id];
  if (found.op != ScalarOp::constant || !is_float(found.dtype)) return std::nullopt;
  return std::bit_cast<double>(found.bits);
}

std::optional<std::int64_t> ExprPool::as_integer(Expr expr) const {
  const ExprNode& found = nodes_[expr.id];
  if (found.op != ScalarOp::constant || is_float(found.dtype)) return std::nullopt;
  return static_cast<std::int64_t>(found.bits);
}

std::span<const Axis> ExprPool::free_axes(Expr expr) const { return axis_lists_[free_[expr.id]]; }

void ExprPool::children(Expr expr, std::vector<Expr>& out) const {
  const ExprNode& parent = nodes_[expr.id];
  for (int i = 0; i < parent.arity; ++i) out.push_back(parent.operand[i]);
  if (parent.guard.valid()) out.push_back(parent.guard);
  const auto data = [&](Index index) {
    for (const std::uint32_t id : indices_.data_of(index)) out.push_back(Expr{id});
  };
  if (parent.op == ScalarOp::element || parent.op == ScalarOp::load)
    for (const Index index : index_lists_[parent.list]) data(index);
  if (parent.op == ScalarOp::index) data(Index{parent.source});
}

std::vector<Expr> topological_order(const ExprPool& pool, std::span<const Expr> roots) {
  // Ids are a topological order, so marking what is reachable and sorting is enough.
  std::vector<bool> seen(pool.size(), false);
  std::vector<Expr> pending(roots.begin(), roots.end()), order, below;
  while (!pending.empty()) {
    const Expr next = pending.back();
    pending.pop_back();
    if (seen[next.id]) continue;
    seen[next.id] = true;
    order.push_back(next);
    below.clear();
    pool.children(next, below);
    pending.insert(pending.end(), below.begin(), below.end());
  }
  std::sort(order.begin(), order.end(), [](Expr a, Expr b) { return a.id < b.id; });
  return order;
}

} // namespace nnc
