// The gradient of a product: by its rule a tree of halves (ir/ops/product.cpp), on paper the
// product over the element.
#pragma once

#include "frontends/formula/reading.h"

namespace nnc::formula {

/// Of a concat, or of a slice of one, that is the root of such a tree over the last axis of x with
/// cotangent c: c * prod(x) / x.
std::optional<Scaled> product_of_others(const At& at);

} // namespace nnc::formula
