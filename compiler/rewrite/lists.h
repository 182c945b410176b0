// The lists of rewrites by theme, from which lists.cpp makes those of rewrite.h.
#pragma once

#include "compiler/rewrite/rewrite.h"

namespace nnc {

std::span<const Rewrite> arithmetic_rewrites();    ///< signs, constants, quotients, select
std::span<const Rewrite> layout_rewrites();        ///< broadcast, reshape, transpose, sums of them
std::span<const Rewrite> hyperbolic_rewrites();    ///< tanh by exponentials
std::span<const Rewrite> root_rewrites();          ///< roots of squares
std::span<const Rewrite> logarithm_rewrites();     ///< of products, sums and powers of exponentials
std::span<const Rewrite> softplus_rewrites();      ///< softplus in sums, and of its parts
std::span<const Rewrite> cross_entropy_rewrites(); ///< from probabilities
std::span<const Rewrite> quotient_rewrites();      ///< of exponentials and sums of them
std::span<const Rewrite> softmax_rewrites();       ///< sums over rows of exponentials
std::span<const Rewrite> variance_rewrites();      ///< from the moments

} // namespace nnc
