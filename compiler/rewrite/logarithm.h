// Logarithms of sums of exponentials, for rewrites that find one by its parts.
#pragma once

#include "compiler/rewrite/pattern.h"

namespace nnc::pattern {

/// log(exp(x) + exp(y)) of floats of any size, infinite ones too; a number stands second.
Value log_of_two(Builder& b, const Graph& graph, Value x, Value y);

/// Positive terms c1*exp(x1), c2*exp(x2), ..., all divided by exp(m), and their sum. m is the
/// greatest of the exponents, or 0 where that is infinite; as far as derivatives are concerned it
/// is a number, for whatever uses these does not hang on it.
struct ShiftedTerms {
  std::vector<Value> terms = {};
  Value sum = {}, shift = {};
};
/// Whether that keeps digits that one logarithm beside another would lose: of more than two terms,
/// or with different weights.
bool needs_shift(const Graph& graph, std::span<const Value> terms);
ShiftedTerms shifted_terms(Builder& b, const Graph& graph, std::span<const Value> terms);

/// `top`, or 0 where it is infinite or NaN: what exponents are shifted by, as inf - inf would be no
/// number.
Value finite_or_zero(Builder& b, Value top);

} // namespace nnc::pattern
