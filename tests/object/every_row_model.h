// One model with every row of the op table that takes or gives floats, made from the samples, so
// that a new row is in it without being named: a function for f32 and one for f64, with each
// sample's results and, where the row has a gradient, its derivatives.
#pragma once

#include "object/both_ways.h"

namespace nnc::object_test {

/// The function called like `dtype`.
Function every_row(Context& context, DType dtype);

/// Does a sample of the row have a float among operands or results?
bool has_float_samples(const OpRow& row);

} // namespace nnc::object_test
