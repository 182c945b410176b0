// Rows that work along one axis: the position of the extreme element, and running sums.

#include "ir/ops/reduce.h"

#include <algorithm>

namespace nnc::ops {
namespace {

// --- argmax, argmin ---

Result<std::vector<Type>> infer_position(InferArgs& args) {
  const Type& x = args.in[0];
  if (auto error = require_number(args)) return *error;
  auto axis = resolve_axis(args, args.view().integer("axis"), x.rank());
  if (!axis) return axis.error();
  const DType dtype = args.view().dtype("dtype");
  if (dtype != DType::i64 && dtype != DType::i32)
    return args.attr_error("dtype is i64 or i32, not " + std::string(dtype_name(dtype)));
  if (x.shape[static_cast<std::size_t>(*axis)] == 0)
    return args.operand_error(axis_of(*axis, x) + " is empty, no position is right");
  Type result{dtype, x.shape};
  result.shape.erase(result.shape.begin() + *axis);
  args.set("axis", *axis);
  return std::vector<Type>{result};
}

template <Combiner combiner>
Expr position_element(ElementBuilder& e, int, std::span<const Index> at) {
  const std::int64_t axis = e.attrs().integer("axis");
  const Axis loop = e.loop(e.in(0).shape[static_cast<std::size_t>(axis)]);
  std::vector<Index> from(at.begin(), at.end());
  from.insert(from.begin() + axis, e.index.of(loop));
  const Expr x = e.pool.cast(e.input(0, from), compute_dtype(e.in(0).dtype));
  return e.pool.cast(e.pool.reduce(combiner, {&loop, 1}, x), e.out().dtype);
}

template <Combiner combiner>
OpRow position_row(std::string name, std::string doc) {
  return {.name = std::move(name),
          .kind = "reduce",
          .attrs = {{.name = "axis", .kind = AttrKind::integer, .required = true},
                    {.name = "dtype",
                     .kind = AttrKind::dtype,
                     .fallback = DType::i64,
                     .doc = "of the result: i64 or i32"}},
          .doc = std::move(doc),
          .derivative = "none: positions are integers",
          .infer = infer_position,
          .element = position_element<combiner>,
          .batch = batch_rules::shift_axis,
          .cost = reduce_cost};
}

// --- cumsum ---

Result<std::vector<Type>> infer_cumsum(InferArgs& args) {
  auto axis = resolve_axis(args, args.view().integer("axis"), args.in[0].rank());
  if (!axis) return axis.error();
  args.set("axis", *axis);
  return std::vector<Type>{{sum_dtype(args.in[0].dtype), args.in[0].shape}};
}

/// Each element from the one before: `step` counts along the axis in the order of summation.
void running_sums(BodyBuilder& b, std::size_t axis, bool reverse, bool exclusive) {
  const Shape& shape = b.out().shape;
  std::vector<bool> serial(shape.size(), false);
  serial[axis] = true;
  std::vector<Index> at = b.nest(shape, serial);
  const Index step = at[axis];
  if (reverse) at[axis] = b.index.add(b.index.mul(step, -1), shape[axis] - 1);
  std::vector<Index> before = at;
  before[axis] = b.index.add(at[axis], reverse ? 1 : -1);
  const Expr later = b.pool.in_range(step, 1, shape[axis]);
  const Expr sum = b.own(0, before, later);
  const DType dtype = b.out().dtype;
  const Expr x =
      b.pool.cast(b.input(0, exclusive ? before : at, exclusive ? later : Expr{}), dtype);
  const Expr first = exclusive ? b.pool.constant_int(dtype, 0) : x;
  b.store(0, at, b.pool.select(later, b.pool.add(sum, x), first));
}

/// f16 and bf16 would round each running sum, and stop growing. A sum of its own for each element
/// costs more and accumulates in f32 as every other sum does.
void separate_sums(BodyBuilder& b, std::size_t axis, bool reverse, bool exclusive) {
  const Shape& shape = b.out().shape;
  const DType dtype = b.out().dtype, wide = compute_dtype(dtype);
  const std::vector<Index> at = b.nest(shape, std::vector<bool>(shape.size(), false));
  const Axis loop = b.loop(shape[axis], static_cast<int>(shape.size()));
  std::vector<Index> from = at;
  from[axis] = b.index.of(loop);
  Index distance = b.index.sub(at[axis], from[axis]);
  if (reverse) distance = b.index.mul(distance, -1);
  const Expr counts = b.pool.in_range(distance, exclusive ? 1 : 0, shape[axis]);
  const Expr term =
      b.pool.select(counts, b.pool.cast(b.input(0, from, counts), wide), b.pool.constant(wide, 0));
  b.store(0, at, b.pool.cast(b.pool.reduce(Combiner::sum, {&loop, 1}, term), dtype));
}

void cumsum_body(BodyBuilder& b) {
  const auto axis = static_cast<std::size_t>(b.attrs().integer("axis"));
  const bool narrow = compute_dtype(b.out().dtype) != b.out().dtype;
  (narrow ? separate_sums : running_sums)(b, axis, b.attrs().boolean("reverse"),
                                          b.attrs().boolean("exclusive"));
}

void cumsum_grad(Pullback& p) {
  p.give(0, p.b.op("cumsum", {p.ct()},
                   {{"axis", p.attrs().integer("axis")},
                    {"reverse", !p.attrs().boolean("reverse")},
                    {"exclusive", p.attrs().boolean("exclusive")}}));
}

} // namespace

void add_extreme_position_rows(OpTable& table) {
  table.add(position_row<Combiner::argmax>(
      "argmax", "position of the first largest element along an axis, or of the first NaN"));
  table.add(position_row<Combiner::argmin>(
      "argmin", "position of the first smallest element along an axis, or of the first NaN"));
}

void add_cumulative_row(OpTable& table) {
  table.add({.name = "cumsum",
             .kind = "reduce",
             .attrs = {{.name = "axis", .kind = AttrKind::integer, .required = true},
                       {.name = "reverse",
                        .kind = AttrKind::boolean,
                        .fallback = false,
                        .doc = "from the last element on"},
                       {.name = "exclusive",
                        .kind = AttrKind::boolean,
                        .fallback = false,
                        .doc = "without the element itself"}},
             .doc = "running sums along an axis; bool, i8 and u8 give i32",
             .derivative = "cumsum from the other end",
             .infer = infer_cumsum,
             .body = cumsum_body,
             .grad = cumsum_grad,
             .batch = batch_rules::shift_axis,
             .cost = reduce_cost});
}

} // namespace nnc::ops
