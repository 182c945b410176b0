// One point at which the derivatives of a sample's function are looked at, and what is compared
// there.
#pragma once

#include "ir/interpret/interpreter.h"
#include "testing/laws/derived_sample.h"

namespace nnc {

/// A point of the sample's function, with the directions that the laws ask for.
struct Trial {
  std::vector<Literal> x;
  std::vector<Direction> u;    ///< per float result
  std::vector<Direction> v[3]; ///< per operand; empty for integers

  /// Those of the function of order `order`.
  std::vector<Literal> inputs(const DerivedSample& sample, int order) const;
};

/// Random directions at a point.
Trial trial_at(std::vector<Literal> x, const DerivedSample& derived, Random& random);

/// <gradient of s(order), v[direction]>
double along(const DerivedSample& sample, const Trial& trial, int order, int direction);

/// Empty when the two agree.
std::string disagreement(std::string_view law, double rule, double independent, double tolerance);

/// Gradients are right up to the narrowest float that they pass through.
double rounding(const DerivedSample& sample, double tolerance);

/// The derivatives by the rules against those by dual numbers, to order 2 or 3; empty when they
/// agree.
std::string check_duals(const DerivedSample& sample, const Trial& trial, int highest_order);

} // namespace nnc
