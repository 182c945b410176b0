// Rows about positions: counting, and reading or adding at positions that are data.
//
// gather and scatter_add take one index tensor for each of `axes`, all of one shape. The element
// of x at (i0[j], i1[j], ...) along `axes` belongs to place j; shapes are written index shape
// first, then the other axes of x.

#include "ir/ops/rows.h"

#include <algorithm>

namespace nnc::ops {
namespace {

using Integers = std::vector<std::int64_t>;

// --- iota ---

Result<std::vector<Type>> infer_iota(InferArgs& args) {
  const Type result{args.view().dtype("dtype"), args.view().integers("shape")};
  if (result.dtype == DType::boolean) return args.attr_error("counts in numbers, not in bool");
  auto axis = resolve_axis(args, args.view().integer("axis"), result.rank());
  if (!axis) return axis.error();
  args.set("axis", *axis);
  return std::vector<Type>{result};
}

Expr iota_element(ElementBuilder& e, int, std::span<const Index> at) {
  return e.pool.index_value(at[static_cast<std::size_t>(e.attrs().integer("axis"))], e.out().dtype);
}

// --- gather, scatter_add ---

/// Checks operands 1..count as indices into `axes` of operand 0. The result is `axes` in full.
Result<Integers> resolve_indices(InferArgs& args, std::size_t count) {
  const Type& x = args.in[0];
  if (!args.view().has("axes")) {
    Integers first;
    for (std::size_t i = 0; i < count; ++i) first.push_back(static_cast<std::int64_t>(i));
    args.set("axes", first);
  }
  auto axes = resolve_axis_list(args, "axes", x.rank());
  if (!axes) return axes.error();
  if (axes->size() != count)
    return args.attr_error("'axes' is " + to_string(*axes) + ", but there are " +
                           std::to_string(count) + " index operands");
  for (std::size_t i = 1; i <= count; ++i) {
    const DType dtype = args.in[i].dtype;
    if (dtype != DType::i32 && dtype != DType::i64 && dtype != DType::u32)
      return args.operand_error("indices are i32, i64 or u32, not " + to_string(args.in[i]),
                                "write cast(i, to=\"i32\")");
    if (args.in[i].shape != args.in[1].shape)
      return args.operand_error("index shapes differ: " + to_string(args.in[1]) + " and " +
                                to_string(args.in[i]));
  }
  args.set("axes", *axes);
  return axes;
}

/// The type of what is gathered from, or added to, x.
Type places_type(const Type& x, const Type& indices, const Integers& axes) {
  Type type{x.dtype, indices.shape};
  for (const std::int64_t axis : other_axes(x.rank(), axes))
    type.shape.push_back(x.shape[static_cast<std::size_t>(axis)]);
  return type;
}

/// The element of operand 0 that belongs to the place at `at`.
std::vector<Index> indexed(ElementBuilder& e, std::span<const Index> at) {
  const Integers& axes = e.attrs().integers("axes");
  const auto place = at.first(e.in(1).shape.size());
  std::vector<Index> from(e.in(0).shape.size());
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const auto axis = static_cast<std::size_t>(axes[i]);
    const Expr position = e.pool.cast(e.input(static_cast<int>(i) + 1, place), DType::i64);
    from[axis] = e.data_index(position, e.in(0).shape[axis]);
  }
  std::size_t next = place.size();
  for (const std::int64_t axis : other_axes(e.in(0).rank(), axes))
    from[static_cast<std::size_t>(axis)] = at[next++];
  return from;
}

std::vector<IndexCheck> index_checks(const CostArgs& args) {
  const Integers& axes = args.attrs.integers("axes");
  std::vector<IndexCheck> checks;
  for (std::size_t i = 0; i < axes.size(); ++i)
    checks.push_back({.operand = static_cast<int>(i) + 1,
                      .extent = args.in[0].shape[static_cast<std::size_t>(axes[i])]});
  return checks;
}

/// The operands of this node's index tensors between two others.
std::vector<Value> with_indices(Pullback& p, std::vector<Value> operands) {
  const auto count = static_cast<int>(p.attrs().integers("axes").size());
  for (int i = 1; i <= count; ++i) operands.push_back(p.in(i));
  return operands;
}

Result<std::vector<Type>> infer_gather(InferArgs& args) {
  auto axes = resolve_indices(args, args.in.size() - 1);
  if (!axes) return axes.error();
  return std::vector<Type>{places_type(args.in[0], args.in[1], *axes)};
}

Expr gather_element(ElementBuilder& e, int, std::span<const Index> at) {
  return e.input(0, indexed(e, at));
}

void gather_grad(Pullback& p) {
  if (!p.needs(0)) return;
  std::vector<Value> operands = with_indices(p, {p.b.zeros_like(p.in(0))});
  operands.push_back(p.ct());
  p.give(0, p.b.op("scatter_add", operands, {{"axes", p.attrs().integers("axes")}}));
}

Result<std::vector<Type>> infer_scatter_add(InferArgs& args) {
  if (auto error = require_number(args)) return *error;
  auto axes = resolve_indices(args, args.in.size() - 2);
  if (!axes) return axes.error();
  const Type wanted = places_type(args.in[0], args.in[1], *axes);
  if (args.in.back() != wanted)
    return args.operand_error("updates are " + to_string(args.in.back()) + ", " +
                              to_string(args.in[0]) + " indexed by " + to_string(args.in[1]) +
                              " takes " + to_string(wanted));
  return infer_same(args);
}

/// Copies the base, then adds the updates in row-major order. The order matters only between
/// updates of one element, so the axes that are not indexed are independent.
void scatter_add_body(BodyBuilder& b) {
  const std::vector<Index> all = b.nest(b.out().shape, std::vector<bool>(b.out().shape.size()));
  b.store(0, all, b.input(0, all));
  const int last = b.input_count() - 1;
  std::vector<bool> serial(b.in(last).shape.size(), false);
  std::fill_n(serial.begin(), b.in(1).shape.size(), true);
  const std::vector<Index> at = b.nest(b.in(last).shape, serial);
  b.store(0, indexed(b, at), b.input(last, at), true);
}

void scatter_add_grad(Pullback& p) {
  if (p.needs(0)) p.give(0, p.ct());
  if (const int last = p.input_count() - 1; p.needs(last))
    p.give(last,
           p.b.op("gather", with_indices(p, {p.ct()}), {{"axes", p.attrs().integers("axes")}}));
}

/// Index operands with those of the batch in front: example i reads, or adds, at i.
std::vector<Value> with_example(Batching& b, std::vector<Value> operands) {
  const std::size_t count = b.attrs().integers("axes").size();
  const Shape shape = batch_rules::with_first(b.size, b.in_type(1).shape);
  operands.push_back(
      b.b.op("iota", {}, {{"shape", shape}, {"axis", std::int64_t{0}}, {"dtype", DType::i64}}));
  for (std::size_t i = 1; i <= count; ++i) operands.push_back(b.whole(static_cast<int>(i)));
  return operands;
}

NamedAttrs with_example_axis(Batching& b) {
  using namespace batch_rules;
  return {{"axes", with_first(0, shifted(b.attrs().integers("axes")))}};
}

void gather_batch(Batching& b) {
  bool places = false; // are the positions those of one example?
  for (int i = 1; i < b.input_count(); ++i) places |= b.batched(i);
  if (!b.batched(0)) { // the index shape comes first, and the batch axis first in it
    std::vector<Value> operands{b.in(0)};
    for (int i = 1; i < b.input_count(); ++i) operands.push_back(b.whole(i));
    b.give(0, b.again_once(operands));
  } else if (!places) {
    std::vector<Value> operands;
    for (int i = 0; i < b.input_count(); ++i) operands.push_back(b.in(i));
    const Integers axes = batch_rules::shifted(b.attrs().integers("axes"));
    b.give(0, axis_to_front(b.b, b.again_once(operands, {{"axes", axes}}), b.in_type(1).rank()));
  } else {
    b.give(0, b.again_once(with_example(b, {b.in(0)}), with_example_axis(b)));
  }
}

void scatter_add_batch(Batching& b) {
  std::vector<Value> operands = with_example(b, {b.whole(0)});
  operands.push_back(b.whole(b.input_count() - 1));
  b.give(0, b.again_once(operands, with_example_axis(b)));
}

double scatter_cost(const CostArgs& args) { return static_cast<double>(args.in.back().elements()); }

AttrSpec index_axes() {
  return {.name = "axes",
          .kind = AttrKind::integers,
          .doc = "one for each index operand; default the first ones"};
}

} // namespace

void add_index_rows(OpTable& table) {
  table.add({.name = "iota",
             .kind = "index",
             .min_operands = 0,
             .max_operands = 0,
             .attrs = {{.name = "shape", .kind = AttrKind::integers, .required = true},
                       {.name = "axis", .kind = AttrKind::integer, .fallback = std::int64_t{0}},
                       {.name = "dtype", .kind = AttrKind::dtype, .fallback = DType::i64}},
             .doc = "the position along an axis: 0, 1, 2, ...",
             .derivative = "none: no operands",
             .infer = infer_iota,
             .element = iota_element,
             .cost = no_cost});
  table.add({.name = "gather",
             .kind = "index",
             .min_operands = 2,
             .max_operands = -1,
             .attrs = {index_axes()},
             .doc = "x[i0, i1, ...] along `axes`: the index shape, then the other axes of x; an "
                    "index outside 0..size-1 fails the call",
             .derivative = "scatter_add of the cotangent into zeros",
             .infer = infer_gather,
             .element = gather_element,
             .grad = gather_grad,
             .batch = gather_batch,
             .cost = no_cost,
             .checks = index_checks});
  table.add({.name = "scatter_add",
             .kind = "index",
             .min_operands = 3,
             .max_operands = -1,
             .attrs = {index_axes()},
             .doc = "base plus the updates (last operand) at i0, i1, ... along `axes`, added in "
                    "row-major order; an index outside 0..size-1 fails the call",
             .derivative = "the cotangent for the base, gathered for the updates",
             .infer = infer_scatter_add,
             .body = scatter_add_body,
             .grad = scatter_add_grad,
             .batch = scatter_add_batch,
             .cost = scatter_cost,
             .checks = index_checks,
             .moves_cotangent = true});
}

} // namespace nnc::ops
