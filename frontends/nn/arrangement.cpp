// Functions that move elements: pieces, copies, picks.

#include "frontends/nn/call.h"

#include <algorithm>
#include <numeric>

namespace nnc::nn {
namespace {

using Results = std::vector<Value>;
using K = AttrKind;

/// Narrow integers as i32, so that every position can be compared with them.
Tensor wide_index(const Tensor& i) { return dtype_size(i.dtype()) < 4 ? cast(i, DType::i32) : i; }

Results one_hot(Call& call) {
  const Tensor i = wide_index(call.in(0));
  const std::int64_t depth = call.integer("depth");
  if (!is_integer(i.dtype())) return call.operand_error(call.describe(0) + ", not integers");
  if (depth < 0) return call.attr_error("'depth' is negative");
  Shape shape = i.shape();
  shape.push_back(depth);
  const Tensor positions = iota(call.scope, std::move(shape), i.rank(), i.dtype());
  return {cast(binary("eq", expand(i, i.rank()), Value(positions)), call.dtype("dtype"))};
}

Results stack(Call& call) {
  const int axis = call.axis("axis", call.in(0).rank() + 1);
  if (call.failed()) return {};
  std::vector<Tensor> parts;
  for (int i = 0; i < call.count(); ++i) {
    if (call.in(i).type() != call.in(0).type())
      return call.operand_error(call.describe(0) + ", but " + call.describe(i));
    parts.push_back(expand(call.in(i), axis));
  }
  return {concat(parts, axis)};
}

Results split(Call& call) {
  const Tensor x = call.in(0);
  const int axis = call.axis("axis", x.rank());
  const std::int64_t parts = call.integer("parts");
  if (call.failed()) return {};
  if (parts < 1 || parts > 65535 || x.size(axis) % parts != 0)
    return call.attr_error("axis " + std::to_string(axis) + " of size " +
                           std::to_string(x.size(axis)) + " has no " + std::to_string(parts) +
                           " equal parts");
  const std::int64_t size = x.size(axis) / parts;
  Results pieces;
  for (std::int64_t i = 0; i < parts; ++i)
    pieces.push_back(slice(x, axis, i * size, (i + 1) * size));
  return pieces;
}

Results flip(Call& call) {
  const Tensor x = call.in(0);
  const Axes axes = call.axes("axes", x.rank());
  return {call.scope.op("reverse", {x}, {{"axes", axes}})};
}

Tensor roll_axis(const Tensor& x, int axis, std::int64_t shift) {
  const std::int64_t n = x.size(axis);
  const std::int64_t by = n == 0 ? 0 : (shift % n + n) % n;
  if (by == 0) return x;
  return concat(std::vector{slice(x, axis, n - by, n), slice(x, axis, 0, n - by)}, axis);
}

Results roll(Call& call) {
  const Tensor x = call.in(0);
  const auto& shifts = call.integers("shift");
  if (!call.has("axis")) { // as if x were flat
    if (shifts.size() != 1) return call.attr_error("several shifts need as many axes");
    const Tensor flat = reshape(x, {std::accumulate(x.shape().begin(), x.shape().end(),
                                                    std::int64_t{1}, std::multiplies<>())});
    return {reshape(roll_axis(flat, 0, shifts[0]), x.shape())};
  }
  const auto& axes = call.integers("axis");
  if (axes.size() != shifts.size() && shifts.size() != 1)
    return call.attr_error(std::to_string(shifts.size()) + " shifts for " +
                           std::to_string(axes.size()) + " axes");
  Tensor y = x;
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const std::int64_t axis = axes[i] < 0 ? axes[i] + x.rank() : axes[i];
    if (axis < 0 || axis >= x.rank())
      return call.attr_error("axis " + std::to_string(axes[i]) + " is outside an operand of rank " +
                             std::to_string(x.rank()));
    y = roll_axis(y, static_cast<int>(axis), shifts[shifts.size() == 1 ? 0 : i]);
  }
  return {y};
}

Results tile(Call& call) {
  const Tensor x = call.in(0);
  std::vector<std::int64_t> reps = call.integers("reps");
  Shape shape = x.shape();
  const std::size_t rank = std::max(shape.size(), reps.size());
  reps.insert(reps.begin(), rank - reps.size(), 1);
  shape.insert(shape.begin(), rank - shape.size(), 1);
  if (std::ranges::any_of(reps, [](std::int64_t r) { return r < 0 || r > max_size; }))
    return call.attr_error("'reps' is " + to_string(reps) + "; repetitions are 0..2^40");
  // [n, m] as [1, n, 1, m], stretched to [r, n, s, m], is [r*n, s*m].
  Shape apart, stretched, whole;
  for (std::size_t i = 0; i < rank; ++i) {
    if (shape[i] > 0 && reps[i] > max_size / shape[i])
      return call.attr_error("axis " + std::to_string(i) + " would have more than 2^40 elements");
    apart.insert(apart.end(), {1, shape[i]});
    stretched.insert(stretched.end(), {reps[i], shape[i]});
    whole.push_back(reps[i] * shape[i]);
  }
  return {reshape(broadcast_to(reshape(x, apart), stretched), whole)};
}

Results take(Call& call) {
  const Tensor x = call.in(0), i = call.in(1);
  const int axis = call.axis("axis", x.rank());
  if (call.failed()) return {};
  const Value picked = call.scope.op("gather", {x, i}, {{"axes", Axes{axis}}});
  // The index axes come first; they belong where the axis was.
  Axes perm;
  for (int k = 0; k < axis; ++k) perm.push_back(i.rank() + k);
  for (int k = 0; k < i.rank(); ++k) perm.push_back(k);
  for (int k = axis + 1; k < x.rank(); ++k) perm.push_back(i.rank() + k - 1);
  return {transpose({call.scope, picked}, std::move(perm))};
}

Results take_along(Call& call) {
  Tensor x = call.in(0), i = call.in(1);
  const int axis = call.axis("axis", x.rank());
  if (call.failed()) return {};
  if (i.rank() != x.rank())
    return call.operand_error(call.describe(1) + ", " + call.describe(0) + ": the ranks differ");
  Shape x_rest = x.shape(), i_rest = i.shape();
  const auto at = static_cast<std::size_t>(axis);
  x_rest[at] = i_rest[at] = 1;
  auto common = broadcast_shapes(x_rest, i_rest);
  if (!common)
    return call.operand_error(call.describe(1) + ", " + call.describe(0) +
                              ": sizes differ beside the axis");
  Shape whole = *common, picked = *common;
  whole[at] = x.size(axis);
  picked[at] = i.size(axis);
  x = broadcast_to(x, whole);
  std::vector<Value> operands = {x};
  for (int k = 0; k < x.rank(); ++k)
    operands.push_back(k == axis ? Value(broadcast_to(i, picked))
                                 : Value(iota(call.scope, picked, k, i.dtype())));
  return {call.scope.op("gather", operands, {{"axes", all_axes(x.rank())}})};
}

Function entry(std::string name, std::vector<OperandSpec> operands, std::vector<AttrDecl> attrs,
               std::string formula, std::string doc, Results (*build)(Call&)) {
  return {.name = std::move(name),
          .family = "arrangement",
          .operands = std::move(operands),
          .attrs = std::move(attrs),
          .doc = std::move(doc),
          .formula = std::move(formula),
          .build = build};
}

AttrDecl axis_attr(std::int64_t fallback) {
  return {.name = "axis", .kinds = {K::integer}, .fallback = fallback};
}

void add_picks(FunctionTable& table) {
  table.add(entry("one_hot", {{.name = "i"}},
                  {{.name = "depth", .kinds = {K::integer}, .required = true},
                   {.name = "dtype", .kinds = {K::dtype}, .fallback = DType::f32}},
                  "y[..., k] = i[...] == k", "an index outside 0..depth-1 gives a row of zeros",
                  one_hot));
  table.add(entry("take", {{.name = "x"}, {.name = "indices"}}, {axis_attr(0)},
                  "y[a, i..., b] = x[a, indices[i...], b]",
                  "whole slices along an axis; an index outside the axis makes the call fail",
                  take));
  table.add(entry("take_along", {{.name = "x"}, {.name = "indices"}}, {axis_attr(-1)},
                  "y[a, i, b] = x[a, indices[a, i, b], b]",
                  "one element for each index; the other axes broadcast", take_along));
}

} // namespace

void add_arrangement(FunctionTable& table) {
  table.add(entry("stack", {{.name = "x", .open = true}}, {axis_attr(0)}, "y[i, ...] = operand i",
                  "equal tensors side by side on a new axis", stack));
  Function pieces =
      entry("split", {{.name = "x"}},
            {{.name = "parts", .kinds = {K::integer}, .required = true}, axis_attr(0)},
            "x[0:n/parts], x[n/parts:2n/parts], ...", "equal pieces of an axis", split);
  pieces.results = {};
  table.add(std::move(pieces));
  table.add(entry("flip", {{.name = "x"}},
                  {{.name = "axes", .kinds = {K::integers}, .doc = "all by default"}},
                  "y[i] = x[n - 1 - i]", "turns axes around", flip));
  table.add(entry("roll", {{.name = "x"}},
                  {{.name = "shift", .kinds = {K::integers}, .required = true},
                   {.name = "axis",
                    .kinds = {K::integers},
                    .doc = "one or several; by default x is rolled as if it were flat"}},
                  "y[i] = x[(i - shift) mod n]", "what leaves at one end comes in at the other",
                  roll));
  table.add(entry("tile", {{.name = "x"}},
                  {{.name = "reps", .kinds = {K::integers}, .required = true}}, "y[i] = x[i mod n]",
                  "copies side by side, reps[i] of them along axis i", tile));
  add_picks(table);
}

} // namespace nnc::nn
