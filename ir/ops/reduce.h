// What the rows of reductions share. They take `axes` (default all) and `keep`.
#pragma once

#include "ir/ops/rows.h"

namespace nnc::ops {

void add_product_row(OpTable& table);           // prod
void add_extreme_position_rows(OpTable& table); // argmax argmin
void add_cumulative_row(OpTable& table);        // cumsum

std::vector<AttrSpec> reduce_attrs();
/// What a sum of elements of `dtype` is made of: i32 for bool, i8 and u8.
DType sum_dtype(DType dtype);

/// Type rule of a reduction to `dtype`; puts `axes` in full.
Result<std::vector<Type>> infer_reduced(InferArgs& args, DType dtype);
/// Type rule of a reduction of numbers that keeps their dtype.
Result<std::vector<Type>> infer_reduce(InferArgs& args);
/// One operation for each element that is reduced.
double reduce_cost(const CostArgs& args);

/// f16 and bf16 accumulate in f32 and round once.
template <Combiner combiner>
Expr reduce_element(ElementBuilder& e, int, std::span<const Index> at) {
  const std::vector<std::int64_t>& axes = e.attrs().integers("axes");
  const bool keep = e.attrs().boolean("keep");
  std::vector<Axis> loops;
  std::vector<Index> from;
  std::size_t next_out = 0;
  for (std::size_t i = 0; i < e.in(0).shape.size(); ++i) {
    const bool reduced =
        loops.size() < axes.size() && axes[loops.size()] == static_cast<std::int64_t>(i);
    if (reduced) {
      loops.push_back(e.loop(e.in(0).shape[i], static_cast<int>(loops.size())));
      from.push_back(e.index.of(loops.back()));
    }
    if (reduced && !keep) continue;
    if (!reduced) from.push_back(at[next_out]);
    ++next_out;
  }
  const DType dtype = e.out().dtype;
  const Expr x = e.pool.cast(e.input(0, from), compute_dtype(dtype));
  return e.pool.cast(e.pool.reduce(combiner, loops, x), dtype);
}

} // namespace nnc::ops
