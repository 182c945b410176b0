// What is wrong where a derivative and dual numbers differ, in lines for people.
#pragma once

#include "frontends/host/check/compare_derivative.h"

namespace nnc {

/// At the last point of the comparison: the worst element with what each side says, the node that
/// gave it, and the first forward node whose rule, alone and at the values that it had, disagrees
/// with dual numbers.
Result<std::string> explain_difference(const DerivativeComparison& comparison,
                                       std::size_t variable);

} // namespace nnc
