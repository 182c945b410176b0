// Scalar expressions: what one element of a tensor is, as a DAG of scalar operations over elements
// of other tensors. This is the one language between the op rows and everything that computes:
// a row's `element` writes it, the interpreter evaluates it, `fuse` joins it, the targets emit it.
//
// Nodes are interned and have smaller ids than their users. An `element` node is a placeholder for
// "this element of that value", which `fuse` replaces by the value's own expression or by a `load`
// from a buffer. A guard (an expression of dtype bool) on an element or load says when it may be
// touched; where it is false the element reads as 0 and memory is left alone.
#pragma once

#include "ir/kernel/index.h"

#include <cstdint>

namespace nnc {

struct Expr {
  std::uint32_t id = UINT32_MAX;
  bool valid() const { return id != UINT32_MAX; }
  bool operator==(const Expr&) const = default;
};

enum class ScalarOp : std::uint8_t {
  // leaves
  constant,
  element,
  load,
  index,
  // arithmetic; integers wrap, language.md section 4 gives the corners of div, rem and shifts
  neg,
  abs,
  sign,
  add,
  sub,
  mul,
  div,
  rem,
  fma,
  maximum,
  minimum,
  sqrt,
  floor,
  ceil,
  round,
  // bits and logic (bool, integers); shift_right is logical for unsigned
  bit_not,
  bit_and,
  bit_or,
  bit_xor,
  shift_left,
  shift_right,
  // comparisons give bool
  eq,
  ne,
  lt,
  le,
  gt,
  ge,
  is_finite,
  is_nan,
  select,  // select(bool, a, b)
  cast,    // value conversion by language.md section 4
  bitcast, // same width: f32 <-> i32/u32, f64 <-> i64
  // functions that compiler targets expand (ir/math) and the interpreter takes from libm
  exp,
  expm1,
  log,
  log1p,
  rsqrt,
  sin,
  cos,
  tan,
  asin,
  acos,
  atan,
  sinh,
  cosh,
  asinh,
  acosh,
  atanh,
  tanh,
  sigmoid,
  softplus,
  erf,
  erfc,
  lgamma,
  pow,
  atan2,
  polygamma, // polygamma(order, x); the order is a constant
  reduce,
};
inline constexpr int scalar_op_count = static_cast<int>(ScalarOp::reduce) + 1;

std::string_view scalar_op_name(ScalarOp op);
std::optional<ScalarOp> scalar_op_from_name(std::string_view name);
int scalar_op_arity(ScalarOp op); ///< expression operands; leaves and reduce 0
/// Arithmetic operations that one execution counts for: a function 10, leaves 0, and
/// a reduce 1 for each element.
double scalar_op_cost(ScalarOp op);

/// How a reduction joins elements. argmax and argmin carry (value, position) and yield the i64
/// position along their one axis: the first extreme, or the first NaN.
enum class Combiner : std::uint8_t { sum, prod, max, min, argmax, argmin };
std::string_view combiner_name(Combiner combiner);

struct ExprNode {
  ScalarOp op = ScalarOp::constant;
  DType dtype = DType::f32;
  Combiner combiner = Combiner::sum; ///< reduce only
  std::uint8_t arity = 0;
  /// Operands; for element and load: a = source (a Value or a buffer), list = indices,
  /// guard = operand or none. For index: a = Index. For reduce: operand[0] = body, list = axes.
  /// For constant: the 64 bits of the value (f64 for floats, i64 for the rest) in `bits`.
  Expr operand[3] = {};
  std::uint64_t bits = 0;
  std::uint32_t source = 0;
  std::uint32_t list = 0;
  Expr guard = {};
  bool operator==(const ExprNode&) const = default;
};

class ExprPool {
public:
  ExprPool();
  IndexPool& indices() { return indices_; }
  const IndexPool& indices() const { return indices_; }

  // Builders. They fold what is free of meaning (x + 0 of floats is NOT folded: -0) and integers;
  // floats that are constants of constants are folded by the graph, where they can be seen.
  Expr constant(DType dtype, double value); ///< rounded to dtype; floats, and small integers
  Expr constant_int(DType dtype, std::int64_t value);
  Expr unary(ScalarOp op, Expr a);
  Expr binary(ScalarOp op, Expr a, Expr b);
  Expr compare(ScalarOp op, Expr a, Expr b) { return binary(op, a, b); }
  Expr fma(Expr a, Expr b, Expr c);
  Expr select(Expr condition, Expr a, Expr b);
  Expr cast(Expr a, DType to);    ///< a itself when it has that dtype
  Expr bitcast(Expr a, DType to); ///< a itself when it has that dtype
  Expr polygamma(int order, Expr x);
  Expr element(std::uint32_t value, DType dtype, std::span<const Index> at, Expr guard = {});
  Expr load(std::uint32_t buffer, DType dtype, std::span<const Index> at, Expr guard = {});
  Expr index_value(Index index, DType dtype = DType::i64);         ///< an index as an integer
  Expr in_range(Index index, std::int64_t low, std::int64_t high); ///< low <= index < high, bool
  Expr both(Expr a, Expr b); ///< logical and, where an invalid operand means "always"
  Expr reduce(Combiner combiner, std::span<const Axis> axes, Expr body);
  /// A node like `node` (which may be of another pool) with other operands; not for leaves,
  /// select and reduce, which have builders of their own.
  Expr copy(const ExprNode& node, std::span<const Expr> operands);

  // Shorthands used by rows and by ir/math.
  Expr add(Expr a, Expr b) { return binary(ScalarOp::add, a, b); }
  Expr sub(Expr a, Expr b) { return binary(ScalarOp::sub, a, b); }
  Expr mul(Expr a, Expr b) { return binary(ScalarOp::mul, a, b); }
  Expr div(Expr a, Expr b) { return binary(ScalarOp::div, a, b); }
  Expr neg(Expr a) { return unary(ScalarOp::neg, a); }

  const ExprNode& node(Expr expr) const { return nodes_[expr.id]; }
  DType dtype(Expr expr) const { return nodes_[expr.id].dtype; }
  std::size_t size() const { return nodes_.size(); }
  std::span<const Index> index_list(const ExprNode& node) const { return index_lists_[node.list]; }
  std::span<const Axis> axis_list(const ExprNode& node) const { return axis_lists_[node.list]; }
  /// The value of a constant as a double (floats) or as an integer.
  std::optional<double> as_real(Expr expr) const;
  std::optional<std::int64_t> as_integer(Expr expr) const;

  /// Axes that an expression depends on and does not reduce over, sorted.
  std::span<const Axis> free_axes(Expr expr) const;
  /// Every expression that `expr` uses directly: operands, guard, and data in its indices.
  void children(Expr expr, std::vector<Expr>& out) const;

private:
  Expr intern(const ExprNode& node);
  Expr read(ExprNode node, std::span<const Index> at, Expr guard); ///< an element or a load
  std::uint32_t intern_indices(std::span<const Index> list);
  std::uint32_t intern_axes(std::vector<Axis> list);
  std::uint32_t compute_free_axes(const ExprNode& node);

  IndexPool indices_;
  std::deque<ExprNode> nodes_;
  std::vector<std::uint32_t> free_; ///< per node: an axis list
  std::deque<std::vector<Index>> index_lists_;
  std::deque<std::vector<Axis>> axis_lists_;
  std::unordered_multimap<std::size_t, std::uint32_t> interned_, interned_indices_, interned_axes_;
};

/// The expressions reachable from `roots`, operands before users. Does not recurse.
std::vector<Expr> topological_order(const ExprPool& pool, std::span<const Expr> roots);

} // namespace nnc
