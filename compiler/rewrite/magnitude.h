// Positive values whose logarithm is known without them, so that it is a number where they are
// none: what textbooks write by exponentials and take the logarithm of, or divide by.
#pragma once

#include "compiler/rewrite/pattern.h"

namespace nnc::pattern {

/// What is known of a value by the way it is made: exp(a), cosh(a), sigmoid(a), positive numbers;
/// sums over rows of exp(a); products, quotients, sums, powers and views of such.
struct Magnitude {
  bool known = false;   ///< positive, with a logarithm that needs no exponential of it
  bool extreme = false; ///< and may overflow, or vanish, where that logarithm is moderate
  bool grows = false;   ///< and may overflow
};
Magnitude magnitude_of(const Graph& graph, Value value);

/// log(value); of a number the number.
Value logarithm_of(Builder& b, const Graph& graph, Value value);

/// The terms of a sum without differences, up to its sign.
struct Terms {
  std::vector<Value> list = {};
  bool negative = false;
};
/// Nothing of what is no sum, or one of too many terms.
std::optional<Terms> terms_of(const Graph& graph, Value value);
/// The sum of all terms but one.
Value other_terms(Builder& b, const Terms& terms, std::size_t one);

/// Is x shifted by the greatest of several exponents, as log-of-sum does it?
bool shifted_by_greatest(const Graph& graph, Value x);

/// Is x already shifted by a maximum (x = y - broadcast(max)), or by one where that is finite?
bool shifted_by_max(const Graph& graph, Value x);

struct RowSum {
  Value x; ///< of exp(x)
  std::vector<std::int64_t> axes;
};
/// sum(exp(x), axes) where x may be large, that is, no largest element is subtracted from it.
std::optional<RowSum> sum_of_exp(const Graph& graph, Value value);

} // namespace nnc::pattern
