// A model in f64 throughout, as derivatives are checked: rounding to narrower dtypes would hide
// what is compared.
#pragma once

#include "frontends/model/doc.h"

namespace nnc {

/// Every float type, and every attribute that names a float dtype or does so by default, becomes
/// f64.
ModelDoc in_f64(ModelDoc doc);

} // namespace nnc
