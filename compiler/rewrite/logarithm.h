// The logarithm of two exponentials, for rewrites that find one by its parts.
#pragma once

#include "compiler/rewrite/pattern.h"

namespace nnc::pattern {

/// log(exp(x) + exp(y)) of floats of any size, infinite ones too; a number stands second.
Value log_of_two(Builder& b, const Graph& graph, Value x, Value y);

} // namespace nnc::pattern
