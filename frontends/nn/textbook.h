// Functions as textbooks define them, for formulas and nothing that is computed: what a builder
// shares or doubles in order to be fast is written out, so that it is known for what it is.
#pragma once

#include "frontends/nn/functions.h"

namespace nnc::nn {

/// The functions of `table` that have such a form: `cumprod`, as one product for each element.
void use_textbook_forms(FunctionTable& table);

} // namespace nnc::nn
