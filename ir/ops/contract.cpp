// The one contraction: matrix products, batched or not, of any ranks.

#include "ir/ops/rows.h"

#include <algorithm>

namespace nnc::ops {
namespace {

using Integers = std::vector<std::int64_t>;
using Pairs = std::vector<Integers>; ///< axes of a, and beside them axes of b

std::int64_t size_of(const Type& type, std::int64_t axis) {
  return type.shape[static_cast<std::size_t>(axis)];
}

/// i8 and u8 are multiplied and summed as i32.
DType dot_dtype(DType dtype) {
  return dtype == DType::i8 || dtype == DType::u8 ? DType::i32 : dtype;
}

/// Two axis lists of equal length, in range, whose sizes agree pairwise.
Result<Pairs> resolve_pairs(const InferArgs& args, std::string_view attribute) {
  Pairs pairs = args.view().integer_lists(attribute);
  const std::string name = "'" + std::string(attribute) + "'";
  if (pairs.size() != 2 || pairs[0].size() != pairs[1].size())
    return args.attr_error(name + " takes two lists of equal length: axes of a, axes of b");
  for (std::size_t side = 0; side < 2; ++side)
    for (std::int64_t& axis : pairs[side]) {
      auto resolved = resolve_axis(args, axis, args.in[side].rank());
      if (!resolved) return resolved.error();
      axis = *resolved;
    }
  for (std::size_t i = 0; i < pairs[0].size(); ++i)
    if (size_of(args.in[0], pairs[0][i]) != size_of(args.in[1], pairs[1][i]))
      return args.operand_error("sizes differ: " + axis_of(pairs[0][i], args.in[0]) + " is paired" +
                                " with " + axis_of(pairs[1][i], args.in[1]));
  return pairs;
}

/// Contracted pairs in the order of a's axes: any order means the same.
void sort_pairs(Pairs& pairs) {
  std::vector<std::pair<std::int64_t, std::int64_t>> zipped;
  for (std::size_t i = 0; i < pairs[0].size(); ++i) zipped.emplace_back(pairs[0][i], pairs[1][i]);
  std::sort(zipped.begin(), zipped.end());
  for (std::size_t i = 0; i < zipped.size(); ++i) {
    pairs[0][i] = zipped[i].first;
    pairs[1][i] = zipped[i].second;
  }
}

Integers joined(Integers a, const Integers& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

Result<std::vector<Type>> infer_dot(InferArgs& args) {
  if (args.in[0].dtype != args.in[1].dtype)
    return args.operand_error(
        "operands are " + to_string(args.in[0]) + " and " + to_string(args.in[1]),
        "write cast(x, to=\"" + std::string(dtype_name(args.in[0].dtype)) + "\")");
  if (auto error = require_number(args)) return *error;
  auto batch = resolve_pairs(args, "batch");
  if (!batch) return batch.error();
  auto contract = resolve_pairs(args, "contract");
  if (!contract) return contract.error();
  sort_pairs(*contract);
  Type result{dot_dtype(args.in[0].dtype), {}};
  for (const std::int64_t axis : (*batch)[0]) result.shape.push_back(size_of(args.in[0], axis));
  for (std::size_t side = 0; side < 2; ++side) {
    Integers used = joined((*batch)[side], (*contract)[side]);
    for (const std::int64_t axis : other_axes(args.in[side].rank(), used))
      result.shape.push_back(size_of(args.in[side], axis));
    std::ranges::sort(used);
    if (std::ranges::adjacent_find(used) != used.end())
      return args.attr_error("axis " + std::to_string(*std::ranges::adjacent_find(used)) + " of " +
                             to_string(args.in[side]) + " is used twice");
  }
  args.set("batch", *batch);
  args.set("contract", *contract);
  return std::vector<Type>{result};
}

Expr dot_element(ElementBuilder& e, int, std::span<const Index> at) {
  const Pairs& batch = e.attrs().integer_lists("batch");
  const Pairs& contract = e.attrs().integer_lists("contract");
  std::vector<Axis> loops;
  for (std::size_t i = 0; i < contract[0].size(); ++i)
    loops.push_back(e.loop(size_of(e.in(0), contract[0][i]), static_cast<int>(i)));
  std::size_t next = batch[0].size();
  Expr factors[2];
  const DType wide = compute_dtype(e.out().dtype);
  for (std::size_t side = 0; side < 2; ++side) {
    const int operand = static_cast<int>(side);
    std::vector<Index> from(e.in(operand).shape.size());
    for (std::size_t i = 0; i < batch[side].size(); ++i)
      from[static_cast<std::size_t>(batch[side][i])] = at[i];
    for (std::size_t i = 0; i < loops.size(); ++i)
      from[static_cast<std::size_t>(contract[side][i])] = e.index.of(loops[i]);
    for (const std::int64_t axis :
         other_axes(e.in(operand).rank(), joined(batch[side], contract[side])))
      from[static_cast<std::size_t>(axis)] = at[next++];
    factors[side] = e.pool.cast(e.input(operand, from), wide);
  }
  const Expr sum = e.pool.reduce(Combiner::sum, loops, e.pool.mul(factors[0], factors[1]));
  return e.pool.cast(sum, e.out().dtype);
}

/// Axes `first`, `first` + 1, ... of the cotangent.
Integers counting(std::size_t first, std::size_t count) {
  Integers axes;
  for (std::size_t i = 0; i < count; ++i) axes.push_back(static_cast<std::int64_t>(first + i));
  return axes;
}

/// A tensor whose axis i is axis `axes[i]` of the operand, with its axes put in order.
Value in_order(Builder& b, Value value, const Integers& axes) {
  Integers perm(axes.size());
  for (std::size_t i = 0; i < axes.size(); ++i)
    perm[static_cast<std::size_t>(axes[i])] = static_cast<std::int64_t>(i);
  return b.transpose(value, perm);
}

/// `axes` of b in the order of a's partners, and the like: those of `of` sorted by `by`.
Integers sorted_by(const Integers& of, const Integers& by) {
  std::vector<std::pair<std::int64_t, std::int64_t>> zipped;
  for (std::size_t i = 0; i < of.size(); ++i) zipped.emplace_back(by[i], of[i]);
  std::sort(zipped.begin(), zipped.end());
  Integers sorted;
  for (const auto& [key, axis] : zipped) sorted.push_back(axis);
  return sorted;
}

void dot_grad(Pullback& p) {
  const Pairs batch = p.attrs().integer_lists("batch");
  const Pairs contract = p.attrs().integer_lists("contract");
  const Integers rest_a = other_axes(p.in_type(0).rank(), joined(batch[0], contract[0]));
  const Integers rest_b = other_axes(p.in_type(1).rank(), joined(batch[1], contract[1]));
  const Integers ct_batch = counting(0, batch[0].size());
  const Integers ct_a = counting(batch[0].size(), rest_a.size());
  const Integers ct_b = counting(batch[0].size() + rest_a.size(), rest_b.size());
  if (p.needs(0)) { // batch, rest of a, contracted axes in the order of b
    const Value da = p.b.dot(p.ct(), p.in(1), {ct_batch, batch[1]}, {ct_b, rest_b});
    const Integers last = sorted_by(contract[0], contract[1]);
    p.give(0, in_order(p.b, da, joined(joined(batch[0], rest_a), last)));
  }
  if (p.needs(1)) { // batch, contracted axes in the order of a, rest of b
    const Value db = p.b.dot(p.in(0), p.ct(), {batch[0], ct_batch}, {rest_a, ct_a});
    const Integers middle = sorted_by(contract[1], contract[0]);
    p.give(1, in_order(p.b, db, joined(joined(batch[1], middle), rest_b)));
  }
}

/// Two batches run along together. That of one side is one of its axes, which the result has
/// after those of "batch", and on the right side after those of a.
void dot_batch(Batching& b) {
  using namespace batch_rules;
  Pairs batch = b.attrs().integer_lists("batch"), contract = b.attrs().integer_lists("contract");
  std::size_t place = batch[0].size();
  if (!b.batched(0))
    place = b.out_type().shape.size() -
            (b.in_type(1).shape.size() - batch[1].size() - contract[1].size());
  for (std::size_t side = 0; side < 2; ++side) {
    if (!b.batched(static_cast<int>(side))) continue;
    batch[side] = shifted(batch[side]);
    contract[side] = shifted(contract[side]);
  }
  const bool both = b.batched(0) && b.batched(1);
  if (both)
    for (Integers& axes : batch) axes.insert(axes.begin(), 0);
  const Value result = b.b.dot(b.in(0), b.in(1), batch, contract);
  b.give(0, both ? result : axis_to_front(b.b, result, static_cast<std::int64_t>(place)));
}

double dot_cost(const CostArgs& args) {
  double depth = 1;
  for (const std::int64_t axis : args.attrs.integer_lists("contract")[0])
    depth *= static_cast<double>(size_of(args.in[0], axis));
  return 2 * depth * static_cast<double>(args.out[0].elements());
}

} // namespace

void add_contract_rows(OpTable& table) {
  const AttrValue no_axes = Pairs{{}, {}};
  table.add({.name = "dot",
             .kind = "contract",
             .min_operands = 2,
             .max_operands = 2,
             .attrs = {{.name = "batch",
                        .kind = AttrKind::integer_lists,
                        .fallback = no_axes,
                        .doc = "axes of a and of b that run along together"},
                       {.name = "contract",
                        .kind = AttrKind::integer_lists,
                        .fallback = no_axes,
                        .doc = "axes of a and of b that are summed over"}},
             .doc = "sum of a * b over the contracted axes; result axes: batch, rest of a, rest of "
                    "b. f16 and bf16 accumulate in f32; i8 and u8 give i32",
             .derivative = "dot(ct, b), dot(a, ct)",
             .formula = Notation::matrix_product,
             .infer = infer_dot,
             .element = dot_element,
             .grad = dot_grad,
             .batch = dot_batch,
             .cost = dot_cost});
}

} // namespace nnc::ops
