// Gradient rules as textbooks write them, for formulas and nothing that is computed: shorter than
// those of the rows, and right only where they divide by no 0.
#pragma once

#include "ir/op.h"

namespace nnc {

/// The rules of rows of `table` that have such a form: of `prod`, the product over the element.
void use_textbook_rules(OpTable& table);

} // namespace nnc
