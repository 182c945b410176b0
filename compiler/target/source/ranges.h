// What values an integer expression can have, as far as its operands tell: where all of them are
// within its dtype, nothing wraps.
#pragma once

#include "ir/kernel/expr.h"

#include <unordered_map>

namespace nnc::source {

/// `known`: ranges of the expressions below, filled in as they are asked for.
bool fits_dtype(const ExprPool& pool, Expr expr,
                std::unordered_map<std::uint32_t, IndexRange>& known);

} // namespace nnc::source
