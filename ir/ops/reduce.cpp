// Rows that join the elements along some axes into one.

#include "ir/ops/reduce.h"

namespace nnc::ops {

std::vector<AttrSpec> reduce_attrs() {
  return {{.name = "axes", .kind = AttrKind::integers, .doc = "default all"},
          {.name = "keep",
           .kind = AttrKind::boolean,
           .fallback = false,
           .doc = "keep the reduced axes with size 1"}};
}

Result<std::vector<Type>> infer_reduced(InferArgs& args, DType dtype) {
  auto axes = resolve_axes(args, "axes", args.in[0].rank());
  if (!axes) return axes.error();
  const bool keep = args.view().boolean("keep");
  Type result{dtype, {}};
  std::size_t next = 0;
  for (std::size_t i = 0; i < args.in[0].shape.size(); ++i) {
    const bool reduced = next < axes->size() && (*axes)[next] == static_cast<std::int64_t>(i);
    if (reduced) ++next;
    if (!reduced || keep) result.shape.push_back(reduced ? 1 : args.in[0].shape[i]);
  }
  args.set("axes", *axes);
  return std::vector<Type>{result};
}

DType sum_dtype(DType dtype) {
  return dtype_size(dtype) < 4 && !is_float(dtype) ? DType::i32 : dtype;
}

Result<std::vector<Type>> infer_sum(InferArgs& args) {
  return infer_reduced(args, sum_dtype(args.in[0].dtype));
}

Result<std::vector<Type>> infer_reduce(InferArgs& args) {
  if (auto error = require_number(args)) return *error;
  return infer_reduced(args, args.in[0].dtype);
}

double reduce_cost(const CostArgs& args) { return static_cast<double>(args.in[0].elements()); }

namespace {

/// A tensor of the result's type repeated to the shape of the operand.
Value spread(Pullback& p, Value value) {
  const std::vector<std::int64_t>& axes = p.attrs().integers("axes");
  const std::vector<std::int64_t> kept = other_axes(p.in_type(0).rank(), axes);
  Shape shape;
  for (const std::int64_t axis : kept)
    shape.push_back(p.in_type(0).shape[static_cast<std::size_t>(axis)]);
  const Shape to = p.in_type(0).shape;
  return axes.empty() ? value : p.b.broadcast(p.b.reshape(value, shape), to, kept);
}

void sum_grad(Pullback& p) { p.give(0, spread(p, p.ct())); }

/// Ties share equally. The share is a constant to further derivatives, since it is made of
/// comparisons and counts.
void extreme_grad(Pullback& p) {
  const std::vector<std::int64_t> axes = p.attrs().integers("axes");
  const Value ties = p.b.op("eq", {p.in(0), spread(p, p.out())});
  const Value count = p.b.cast(p.b.sum(ties, axes, p.attrs().boolean("keep")), p.out_type().dtype);
  p.give_where(0, ties, spread(p, p.b.div(p.ct(), count)));
}

} // namespace

void add_reduce_rows(OpTable& table) {
  add_product_row(table);
  add_extreme_position_rows(table);
  add_cumulative_row(table);
  table.add({.name = "sum",
             .kind = "reduce",
             .attrs = reduce_attrs(),
             .doc = "sum over axes, +0 if there is nothing; bool, i8 and u8 give i32; f16 and bf16 "
                    "accumulate in f32",
             .derivative = "1 for every element",
             .formula = Notation::linear_over_axes,
             .infer = infer_sum,
             .element = reduce_element<Combiner::sum>,
             .grad = sum_grad,
             .batch = batch_rules::shift_axes,
             .cost = reduce_cost,
             .moves_cotangent = true});
  table.add({.name = "max",
             .kind = "reduce",
             .attrs = reduce_attrs(),
             .doc = "largest over axes, NaN if any is NaN; -inf or the lowest value if there is "
                    "nothing",
             .derivative = "1/k for each of k equal largest elements",
             .formula = Notation::over_axes,
             .infer = infer_reduce,
             .element = reduce_element<Combiner::max>,
             .grad = extreme_grad,
             .batch = batch_rules::shift_axes,
             .cost = reduce_cost});
  table.add({.name = "min",
             .kind = "reduce",
             .attrs = reduce_attrs(),
             .doc = "smallest over axes, NaN if any is NaN; +inf or the highest value if there is "
                    "nothing",
             .derivative = "1/k for each of k equal smallest elements",
             .formula = Notation::over_axes,
             .infer = infer_reduce,
             .element = reduce_element<Combiner::min>,
             .grad = extreme_grad,
             .batch = batch_rules::shift_axes,
             .cost = reduce_cost});
}

} // namespace nnc::ops
