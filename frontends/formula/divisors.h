// Where a formula divides by a factor of a product, which the computation does not: there no such
// factor may be 0.
#pragma once

#include "frontends/formula/write.h"

namespace nnc::formula {

/// Factors of products over axes, or of running ones, that `lines` divide by, in order of terms.
std::vector<TermId> divisors_of_products(const Terms& terms, const std::vector<Line>& lines);

} // namespace nnc::formula
