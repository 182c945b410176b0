// Rows that rearrange a whole tensor: every element of the operand is somewhere in the result.

#include "ir/kernel/reshaped.h"
#include "ir/ops/rows.h"

#include <algorithm>

namespace nnc::ops {
namespace {

using Integers = std::vector<std::int64_t>;

// --- broadcast ---

Result<std::vector<Type>> infer_broadcast(InferArgs& args) {
  const Type& x = args.in[0];
  const Type result{x.dtype, args.view().integers("shape")};
  if (result.rank() < x.rank())
    return args.operand_error(to_string(x) + " has more axes than the result, " +
                              to_string(result));
  if (!args.view().has("axes")) {
    Integers last;
    for (int i = 0; i < x.rank(); ++i) last.push_back(result.rank() - x.rank() + i);
    args.set("axes", last);
  }
  auto axes = resolve_axis_list(args, "axes", result.rank());
  if (!axes) return axes.error();
  if (axes->size() != x.shape.size())
    return args.attr_error("'axes' has " + std::to_string(axes->size()) + " entries, " +
                           to_string(x) + " has " + std::to_string(x.rank()) + " axes");
  for (std::size_t i = 0; i < axes->size(); ++i) {
    const std::int64_t to = (*axes)[i], size = result.shape[static_cast<std::size_t>(to)];
    if (x.shape[i] != size)
      return args.operand_error(axis_of(static_cast<std::int64_t>(i), x) + " does not fit " +
                                    axis_of(to, result),
                                x.shape[i] == 1 ? "reshape the axis of size 1 away first" : "");
  }
  args.set("axes", *axes);
  return std::vector<Type>{result};
}

Expr broadcast_element(ElementBuilder& e, int, std::span<const Index> at) {
  std::vector<Index> from;
  for (const std::int64_t axis : e.attrs().integers("axes"))
    from.push_back(at[static_cast<std::size_t>(axis)]);
  return e.input(0, from);
}

void broadcast_grad(Pullback& p) {
  const Integers axes = p.attrs().integers("axes");
  const Integers added = other_axes(p.out_type().rank(), axes);
  const Value sum = added.empty() ? p.ct() : p.b.sum(p.ct(), added);
  // The sum has the operand's axes in the order of the result.
  Integers perm;
  for (const std::int64_t axis : axes)
    perm.push_back(std::ranges::count_if(axes, [&](std::int64_t other) { return other < axis; }));
  p.give(0, p.b.transpose(sum, perm));
}

void broadcast_batch(Batching& b) {
  using namespace batch_rules;
  b.give_again({{"shape", with_first(b.size, b.attrs().integers("shape"))},
                {"axes", with_first(0, shifted(b.attrs().integers("axes")))}});
}

// --- reshape ---

/// Replaces a -1 by the size that keeps the number of elements.
Status resolve_shape(const InferArgs& args, Shape& shape) {
  const Type& x = args.in[0];
  const auto open = std::ranges::find(shape, -1);
  if (open == shape.end()) return std::nullopt;
  *open = 1;
  const auto rest = checked_elements(shape);
  if (!rest) return args.attr_error("'shape' has more than one -1 or a size that is too large");
  if (*rest == 0 || x.elements() % *rest != 0)
    return args.operand_error("no size fits the -1: " + to_string(x) + " has " +
                              std::to_string(x.elements()) + " elements, the other sizes make " +
                              std::to_string(*rest));
  *open = x.elements() / *rest;
  return std::nullopt;
}

Result<std::vector<Type>> infer_reshape(InferArgs& args) {
  const Type& x = args.in[0];
  Type result{x.dtype, args.view().integers("shape")};
  if (auto error = resolve_shape(args, result.shape)) return *error;
  const auto elements = checked_elements(result.shape);
  if (!elements || *elements != x.elements())
    return args.operand_error(
        to_string(x) + " has " + std::to_string(x.elements()) + " elements, " +
            to_string(result.shape) +
            (elements ? " has " + std::to_string(*elements) : std::string(" is not a shape")),
        "one size may be -1: what the others leave");
  args.set("shape", result.shape);
  return std::vector<Type>{result};
}

void reshape_batch(Batching& b) {
  b.give_again({{"shape", batch_rules::with_first(b.size, b.attrs().integers("shape"))}});
}

Expr reshape_element(ElementBuilder& e, int, std::span<const Index> at) {
  return e.input(0, reshaped(e.index, at, e.out().shape, e.in(0).shape));
}

// --- transpose ---

Result<std::vector<Type>> infer_transpose(InferArgs& args) {
  const Type& x = args.in[0];
  if (!args.view().has("perm")) {
    Integers reversed = other_axes(x.rank(), {});
    std::ranges::reverse(reversed);
    args.set("perm", reversed);
  }
  auto perm = resolve_axis_list(args, "perm", x.rank());
  if (!perm) return perm.error();
  if (perm->size() != x.shape.size())
    return args.attr_error("'perm' is " + to_string(*perm) + ", " + to_string(x) + " has " +
                           std::to_string(x.rank()) + " axes");
  Type result{x.dtype, {}};
  for (const std::int64_t axis : *perm)
    result.shape.push_back(x.shape[static_cast<std::size_t>(axis)]);
  args.set("perm", *perm);
  return std::vector<Type>{result};
}

Integers inverse(const Integers& perm) {
  Integers back(perm.size());
  for (std::size_t i = 0; i < perm.size(); ++i)
    back[static_cast<std::size_t>(perm[i])] = static_cast<std::int64_t>(i);
  return back;
}

Expr transpose_element(ElementBuilder& e, int, std::span<const Index> at) {
  std::vector<Index> from;
  for (const std::int64_t axis : inverse(e.attrs().integers("perm")))
    from.push_back(at[static_cast<std::size_t>(axis)]);
  return e.input(0, from);
}

void transpose_batch(Batching& b) {
  using namespace batch_rules;
  b.give_again({{"perm", with_first(0, shifted(b.attrs().integers("perm")))}});
}

// --- reverse ---

Result<std::vector<Type>> infer_reverse(InferArgs& args) {
  auto axes = resolve_axes(args, "axes", args.in[0].rank());
  if (!axes) return axes.error();
  args.set("axes", *axes);
  return infer_same(args);
}

Expr reverse_element(ElementBuilder& e, int, std::span<const Index> at) {
  std::vector<Index> from(at.begin(), at.end());
  for (const std::int64_t axis : e.attrs().integers("axes")) {
    Index& index = from[static_cast<std::size_t>(axis)];
    const std::int64_t last = e.in(0).shape[static_cast<std::size_t>(axis)] - 1;
    index = e.index.add(e.index.mul(index, -1), std::max<std::int64_t>(last, 0));
  }
  return e.input(0, from);
}

void add_shape_rows(OpTable& table) {
  table.add({.name = "broadcast",
             .kind = "layout",
             .attrs = {{.name = "shape", .kind = AttrKind::integers, .required = true},
                       {.name = "axes",
                        .kind = AttrKind::integers,
                        .doc = "axis i of x is axis axes[i] of the result; default the last ones"}},
             .doc = "x repeated along the axes of `shape` that are not in `axes`",
             .derivative = "sums over the added axes",
             .formula = Notation::operand,
             .infer = infer_broadcast,
             .element = broadcast_element,
             .grad = broadcast_grad,
             .batch = broadcast_batch,
             .cost = no_cost,
             .repeats = true});
  table.add({.name = "reshape",
             .kind = "layout",
             .attrs = {{.name = "shape",
                        .kind = AttrKind::integers,
                        .required = true,
                        .doc = "one -1 stands for the size that fits"}},
             .doc = "the same elements in row-major order",
             .derivative = "reshapes back",
             .formula = Notation::operand,
             .infer = infer_reshape,
             .element = reshape_element,
             .grad = [](Pullback& p) { p.give(0, p.b.reshape(p.ct(), p.in_type(0).shape)); },
             .batch = reshape_batch,
             .cost = no_cost,
             .moves_cotangent = true});
}

void add_order_rows(OpTable& table) {
  table.add({.name = "transpose",
             .kind = "layout",
             .attrs = {{.name = "perm",
                        .kind = AttrKind::integers,
                        .doc = "result axis i is axis perm[i] of x; default reversed"}},
             .doc = "the axes in another order",
             .derivative = "the inverse permutation",
             .formula = Notation::transposed,
             .infer = infer_transpose,
             .element = transpose_element,
             .grad =
                 [](Pullback& p) {
                   p.give(0, p.b.transpose(p.ct(), inverse(p.attrs().integers("perm"))));
                 },
             .batch = transpose_batch,
             .cost = no_cost,
             .moves_cotangent = true});
  table.add({.name = "reverse",
             .kind = "layout",
             .attrs = {{.name = "axes", .kind = AttrKind::integers, .doc = "default all"}},
             .doc = "elements in opposite order along `axes`",
             .derivative = "reverses back",
             .infer = infer_reverse,
             .element = reverse_element,
             .grad =
                 [](Pullback& p) {
                   p.give(0, p.b.op("reverse", {p.ct()}, {{"axes", p.attrs().integers("axes")}}));
                 },
             .batch = batch_rules::shift_axes,
             .cost = no_cost,
             .moves_cotangent = true});
}

} // namespace

void add_layout_rows(OpTable& table) {
  add_shape_rows(table);
  add_order_rows(table);
}

} // namespace nnc::ops
