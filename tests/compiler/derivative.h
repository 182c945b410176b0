// Derivatives of small functions of scalars, by differentiating a graph and interpreting it.
#pragma once

#include "ir/builder.h"

#include <functional>
#include <limits>

namespace nnc {

inline constexpr double infinity = std::numeric_limits<double>::infinity();
inline constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

/// Builds an f64[] from f64[] operands.
using Function = std::function<Value(Builder&, std::span<const Value>)>;

/// Derivative of `function` with respect to operands[path[0]], then operands[path[1]], ...
double derivative(const Function& function, const std::vector<double>& operands,
                  const std::vector<std::size_t>& path);
/// Likewise of one op.
double derivative(const std::string& op, const std::vector<double>& operands,
                  const std::vector<std::size_t>& path);

} // namespace nnc
