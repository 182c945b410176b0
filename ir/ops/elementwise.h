// What the files of element-wise rows share: operand rules by class of dtype, the element of a
// row that is one scalar operation, and costs.
//
// f16 and bf16 operands are widened to f32, computed there, and the result is rounded once.
#pragma once

#include "ir/ops/rows.h"

namespace nnc::ops {

inline constexpr const char* element_wise = "element-wise";

// Type rules: operands of one type and of a class of dtypes, result of that type ...
Result<std::vector<Type>> infer_float(InferArgs& args);
Result<std::vector<Type>> infer_number(InferArgs& args);  ///< floats and integers
Result<std::vector<Type>> infer_integer(InferArgs& args); ///< integers, not bool
Result<std::vector<Type>> infer_bits(InferArgs& args);    ///< integers and bool
// ... or bool.
Result<std::vector<Type>> infer_float_test(InferArgs& args); ///< of floats
Result<std::vector<Type>> infer_comparison(InferArgs& args); ///< of any dtype

/// 10 for each element of the result.
double transcendental_cost(const CostArgs& args);

template <ScalarOp op>
Expr unary_element(ElementBuilder& e, int, std::span<const Index> at) {
  const Expr x = e.input(0, at);
  const Expr y = e.pool.unary(op, e.pool.cast(x, compute_dtype(e.in(0).dtype)));
  return e.pool.cast(y, e.out().dtype);
}

template <ScalarOp op>
Expr binary_element(ElementBuilder& e, int, std::span<const Index> at) {
  const DType wide = compute_dtype(e.in(0).dtype);
  const Expr a = e.pool.cast(e.input(0, at), wide), b = e.pool.cast(e.input(1, at), wide);
  return e.pool.cast(e.pool.binary(op, a, b), e.out().dtype);
}

/// Completes a row of one operand whose element is `op`.
template <ScalarOp op>
OpRow unary(OpRow row) {
  row.element = unary_element<op>;
  row.elementwise = true;
  return row;
}

/// Completes a row of one float operand whose element is the transcendental function `op`.
template <ScalarOp op>
OpRow function(OpRow row) {
  row.infer = infer_float;
  row.cost = transcendental_cost;
  return unary<op>(std::move(row));
}

/// Completes a row of two operands of one type whose element is `op`.
template <ScalarOp op>
OpRow binary(OpRow row) {
  row.min_operands = row.max_operands = 2;
  row.element = binary_element<op>;
  row.elementwise = true;
  return row;
}

// The files of element-wise rows; add_elementwise_rows() calls them all.
void add_unary_rows(OpTable& table);       // neg abs sign sqrt rsqrt floor ceil round not is_*
void add_exponential_rows(OpTable& table); // exp log and what is built of them, hyperbolic ones
void add_trigonometric_rows(OpTable& table);
void add_special_rows(OpTable& table); // erf erfc lgamma polygamma
void add_binary_rows(OpTable& table);  // arithmetic of two operands
void add_logic_rows(OpTable& table);   // and or xor shifts, comparisons
void add_select_rows(OpTable& table);  // select cast

} // namespace nnc::ops
