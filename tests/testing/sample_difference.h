// How far results of one sample are from what they should be, by the bounds of the kind of its op.
#pragma once

#include "testing/samples.h"

#include <span>

namespace nnc {

/// Integers and moved elements agree to the bit, floats within the bounds of the row: those of
/// allowed_units, or of allowed_sum for sums. Empty when all do.
std::string sample_difference(Context& context, const OpRow& row, const SampleCase& sample,
                              std::span<const Literal> got, std::span<const Literal> want);

} // namespace nnc
