// How far two tensors may be apart: reliability bounds as values.
#pragma once

#include "ir/graph.h"
#include "testing/epsilon.h"

namespace nnc {

/// An element may be off by `units` in the last place of the larger of |wanted| and `floor`, plus
/// `absolute[i]` where that is not empty.
struct Allowed {
  double units = 0, floor = 0;
  std::vector<double> absolute = {};
};

/// For one element-wise row against the correctly rounded result: 2 units for functions, 2.7 for
/// tanh and sigmoid, 8 of max(|y|, 1) for the gamma functions, none for arithmetic and moves.
Allowed allowed_units(const OpRow& row);
/// 2 * gamma(n) * sum|terms| of sums of n terms; `scale` holds sum|terms|.
Allowed allowed_sum(std::int64_t n, const Literal& scale);

Literal magnitude(const Literal& literal);

/// Empty when all elements agree; else the first that do not. NaN equals NaN, -0 is not +0 where
/// nothing else is allowed either, integers agree to the bit.
std::string difference(const Literal& got, const Literal& want, const Allowed& allowed);

} // namespace nnc
