// Rows that take tensors apart and put them together: slice, pad, concat.

#include "ir/ops/rows.h"

#include <algorithm>
#include <cmath>

namespace nnc::ops {
namespace {

using Integers = std::vector<std::int64_t>;

/// One past the last element that `count` elements from `start` in steps reach.
std::int64_t end_of(std::int64_t start, std::int64_t step, std::int64_t count) {
  return count == 0 ? start : start + (count - 1) * step + 1;
}

// --- slice ---

/// A position 0..size from one that may count from the end.
Result<std::int64_t> resolve_position(const InferArgs& args, std::string_view what,
                                      std::int64_t position, std::int64_t axis) {
  const std::int64_t size = args.in[0].shape[static_cast<std::size_t>(axis)];
  const std::int64_t resolved = position < 0 ? position + size : position;
  if (resolved >= 0 && resolved <= size) return resolved;
  return args.attr_error(std::string(what) + " " + std::to_string(position) + " is outside " +
                         axis_of(axis, args.in[0]));
}

Result<std::vector<Type>> infer_slice(InferArgs& args) {
  const Type& x = args.in[0];
  if (!args.view().has("start")) args.set("start", Integers(x.shape.size(), 0));
  if (!args.view().has("stop")) args.set("stop", x.shape);
  auto start = resolve_entries(args, "start", x.shape.size());
  if (!start) return start.error();
  auto stop = resolve_entries(args, "stop", x.shape.size());
  if (!stop) return stop.error();
  auto step = resolve_entries(args, "step", x.shape.size(), 1);
  if (!step) return step.error();
  Type result{x.dtype, {}};
  for (std::size_t i = 0; i < x.shape.size(); ++i) {
    const auto axis = static_cast<std::int64_t>(i);
    auto first = resolve_position(args, "start", (*start)[i], axis);
    if (!first) return first.error();
    auto end = resolve_position(args, "stop", (*stop)[i], axis);
    if (!end) return end.error();
    std::int64_t& by = (*step)[i];
    if (by < 1)
      return args.attr_error("step " + std::to_string(by) + " is not positive",
                             by < 0 ? "reverse the axis, then slice it" : "");
    const std::int64_t length = std::max<std::int64_t>(*end - *first, 0);
    const std::int64_t count = length / by + (length % by ? 1 : 0);
    if (count <= 1) by = 1; // one spelling for equal slices
    (*start)[i] = *first;
    (*stop)[i] = end_of(*first, by, count);
    result.shape.push_back(count);
  }
  args.set("start", *start);
  args.set("stop", *stop);
  args.set("step", *step);
  return std::vector<Type>{result};
}

Expr slice_element(ElementBuilder& e, int, std::span<const Index> at) {
  const Integers &start = e.attrs().integers("start"), &step = e.attrs().integers("step");
  std::vector<Index> from;
  for (std::size_t i = 0; i < at.size(); ++i)
    from.push_back(e.index.add(e.index.mul(at[i], step[i]), start[i]));
  return e.input(0, from);
}

void slice_grad(Pullback& p) {
  const Integers &start = p.attrs().integers("start"), &stop = p.attrs().integers("stop");
  Integers high, interior = p.attrs().integers("step");
  for (std::size_t i = 0; i < start.size(); ++i) {
    high.push_back(p.in_type(0).shape[i] - stop[i]);
    --interior[i];
  }
  p.give(0, p.b.op("pad", {p.ct()}, {{"low", start}, {"high", high}, {"interior", interior}}));
}

void slice_batch(Batching& b) {
  using batch_rules::with_first;
  b.give_again({{"start", with_first(0, b.attrs().integers("start"))},
                {"stop", with_first(b.size, b.attrs().integers("stop"))},
                {"step", with_first(1, b.attrs().integers("step"))}});
}

// --- pad ---

Status check_pad_value(const InferArgs& args) {
  const DType dtype = args.in[0].dtype;
  const double value = args.view().real("value");
  if (is_float(dtype)) return std::nullopt;
  const bool whole = std::trunc(value) == value && std::abs(value) <= 0x1p53;
  if (whole &&
      wrap_integer(dtype, static_cast<std::int64_t>(value)) == static_cast<std::int64_t>(value))
    return std::nullopt;
  return args.attr_error("value " + attr_text(value) + " is not a " +
                         std::string(dtype_name(dtype)));
}

/// The size of a padded axis, or nothing when it is outside 0..2^40 (with entries as large).
std::optional<std::int64_t> padded_size(std::int64_t size, std::int64_t low, std::int64_t high,
                                        std::int64_t interior) {
  for (const std::int64_t entry : {low, high, interior})
    if (entry < -max_size || entry > max_size) return std::nullopt;
  const std::int64_t gaps = std::max<std::int64_t>(size - 1, 0);
  if (gaps > 0 && interior > max_size / gaps) return std::nullopt;
  const std::int64_t padded = low + high + size + gaps * interior;
  return padded < 0 || padded > max_size ? std::nullopt : std::optional(padded);
}

Result<std::vector<Type>> infer_pad(InferArgs& args) {
  const Type& x = args.in[0];
  auto low = resolve_entries(args, "low", x.shape.size());
  if (!low) return low.error();
  auto high = resolve_entries(args, "high", x.shape.size());
  if (!high) return high.error();
  auto interior = resolve_entries(args, "interior", x.shape.size(), 0);
  if (!interior) return interior.error();
  if (auto error = check_pad_value(args)) return *error;
  Type result{x.dtype, {}};
  for (std::size_t i = 0; i < x.shape.size(); ++i) {
    if ((*interior)[i] < 0)
      return args.attr_error("interior " + std::to_string((*interior)[i]) + " is negative");
    const auto size = padded_size(x.shape[i], (*low)[i], (*high)[i], (*interior)[i]);
    if (!size)
      return args.attr_error("low " + std::to_string((*low)[i]) + " and high " +
                             std::to_string((*high)[i]) + " leave no valid size for " +
                             axis_of(static_cast<std::int64_t>(i), x));
    if (x.shape[i] <= 1) (*interior)[i] = 0;
    result.shape.push_back(*size);
  }
  args.set("interior", *interior);
  return std::vector<Type>{result};
}

Expr pad_element(ElementBuilder& e, int, std::span<const Index> at) {
  const Integers &low = e.attrs().integers("low"), &interior = e.attrs().integers("interior");
  const DType dtype = e.out().dtype;
  std::vector<Index> from;
  Expr inside = e.pool.constant_int(DType::boolean, 1);
  for (std::size_t i = 0; i < at.size(); ++i) {
    const std::int64_t size = e.in(0).shape[i], step = interior[i] + 1;
    const Index position = e.index.sub(at[i], e.index.constant(low[i]));
    from.push_back(e.index.floor_div(position, step));
    inside = e.pool.both(inside, e.pool.in_range(position, 0, end_of(0, step, size)));
    inside = e.pool.both(inside, multiple_of(e, position, step));
  }
  const Expr x = e.input(0, from, inside);
  return e.pool.select(inside, x, e.pool.constant(dtype, e.attrs().real("value")));
}

void pad_grad(Pullback& p) {
  Integers low = p.attrs().integers("low"), high = p.attrs().integers("high");
  Integers step = p.attrs().integers("interior");
  for (std::size_t i = 0; i < low.size(); ++i) {
    low[i] = -low[i];
    high[i] = -high[i];
    ++step[i];
  }
  const Value cropped = p.b.op("pad", {p.ct()}, {{"low", low}, {"high", high}});
  const bool plain = std::ranges::all_of(step, [](std::int64_t by) { return by == 1; });
  p.give(0, plain ? cropped : p.b.op("slice", {cropped}, {{"step", step}}));
}

void pad_batch(Batching& b) {
  using batch_rules::with_first;
  b.give_again({{"low", with_first(0, b.attrs().integers("low"))},
                {"high", with_first(0, b.attrs().integers("high"))},
                {"interior", with_first(0, b.attrs().integers("interior"))}});
}

// --- concat ---

Result<std::vector<Type>> infer_concat(InferArgs& args) {
  Type result = args.in[0];
  auto axis = resolve_axis(args, args.view().integer("axis"), result.rank());
  if (!axis) return axis.error();
  const auto along = static_cast<std::size_t>(*axis);
  for (std::size_t i = 1; i < args.in.size(); ++i) {
    Type other = args.in[i];
    const std::int64_t size = other.rank() == result.rank() ? other.shape[along] : 0;
    if (other.rank() == result.rank()) other.shape[along] = args.in[0].shape[along];
    if (other != args.in[0])
      return args.operand_error(
          "operands are " + to_string(args.in[0]) + " and " + to_string(args.in[i]),
          other.dtype != args.in[0].dtype
              ? "write cast(x, to=\"" + std::string(dtype_name(args.in[0].dtype)) + "\")"
              : "they may differ in axis " + std::to_string(*axis) + " only");
    result.shape[along] += size;
  }
  args.set("axis", *axis);
  return std::vector<Type>{result};
}

Expr concat_element(ElementBuilder& e, int, std::span<const Index> at) {
  const auto axis = static_cast<std::size_t>(e.attrs().integer("axis"));
  std::vector<Index> from(at.begin(), at.end());
  std::int64_t end = e.out().shape[axis];
  Expr value;
  for (int i = e.input_count() - 1; i >= 0; --i) { // from the last: the chain tests the first first
    const std::int64_t size = e.in(i).shape[axis];
    if (size == 0) continue;
    const std::int64_t start = end - size;
    from[axis] = e.index.sub(at[axis], e.index.constant(start));
    const Expr x = e.input(i, from, e.pool.in_range(at[axis], start, end));
    value = value.valid() ? e.pool.select(e.pool.in_range(at[axis], 0, end), x, value) : x;
    end = start;
  }
  return value.valid() ? value : e.pool.constant_int(e.out().dtype, 0);
}

void concat_grad(Pullback& p) {
  const auto axis = static_cast<std::size_t>(p.attrs().integer("axis"));
  Integers start(p.out_type().shape.size(), 0), stop = p.out_type().shape;
  stop[axis] = 0;
  for (int i = 0; i < p.input_count(); ++i) {
    start[axis] = stop[axis];
    stop[axis] += p.in_type(i).shape[axis];
    if (p.needs(i)) p.give(i, p.b.op("slice", {p.ct()}, {{"start", start}, {"stop", stop}}));
  }
}

void add_slice_row(OpTable& table) {
  table.add({.name = "slice",
             .kind = "layout",
             .attrs = {{.name = "start",
                        .kind = AttrKind::integers,
                        .doc = "one entry an axis, negative from the end; default 0"},
                       {.name = "stop",
                        .kind = AttrKind::integers,
                        .doc = "one past the last; default the sizes"},
                       {.name = "step", .kind = AttrKind::integers, .doc = "positive; default 1"}},
             .doc = "elements start, start + step, ... before stop, along every axis",
             .derivative = "pads with zeros",
             .infer = infer_slice,
             .element = slice_element,
             .grad = slice_grad,
             .batch = slice_batch,
             .cost = no_cost,
             .moves_cotangent = true});
}

} // namespace

void add_piece_rows(OpTable& table) {
  add_slice_row(table);
  table.add({.name = "pad",
             .kind = "layout",
             .attrs = {{.name = "low",
                        .kind = AttrKind::integers,
                        .required = true,
                        .doc = "added before, one entry an axis; negative crops"},
                       {.name = "high",
                        .kind = AttrKind::integers,
                        .required = true,
                        .doc = "added after; negative crops"},
                       {.name = "interior",
                        .kind = AttrKind::integers,
                        .doc = "added between neighbours; default 0"},
                       {.name = "value", .kind = AttrKind::real, .fallback = 0.0}},
             .doc = "x with `value` around it and between its elements",
             .derivative = "crops, in steps of interior + 1",
             .infer = infer_pad,
             .element = pad_element,
             .grad = pad_grad,
             .batch = pad_batch,
             .cost = no_cost,
             .moves_cotangent = true});
  table.add({.name = "concat",
             .kind = "layout",
             .max_operands = -1,
             .attrs = {{.name = "axis", .kind = AttrKind::integer, .required = true}},
             .doc = "operands one after another along an axis",
             .derivative = "the slice of each operand",
             .infer = infer_concat,
             .element = concat_element,
             .grad = concat_grad,
             .batch = batch_rules::shift_axis,
             .cost = no_cost,
             .moves_cotangent = true});
}

} // namespace nnc::ops
