// Terms as text of one line.
#pragma once

#include "frontends/formula/naming.h"

namespace nnc::formula {

/// What a name stands for: `x` itself is written out, and parts of it that have a name by these.
/// A condition is 1 or 0 and stands in brackets.
std::string definition(const Terms& terms, const Names& names, DType dtype, Scaled x);
/// The same by its name, if it has one.
std::string term_text(const Terms& terms, const Names& names, DType dtype, Scaled x);
/// A condition as it is asked.
std::string condition_text(const Terms& terms, const Names& names, DType dtype, Scaled x);

} // namespace nnc::formula
