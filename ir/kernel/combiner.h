// What kinds of reductions have in common.
#pragma once

#include "ir/kernel/expr.h"

namespace nnc {

/// argmax and argmin: the result is a position along the one axis that is reduced.
constexpr bool gives_position(Combiner combiner) {
  return combiner == Combiner::argmax || combiner == Combiner::argmin;
}
/// max and argmax, rather than min and argmin.
constexpr bool is_largest(Combiner combiner) {
  return combiner == Combiner::max || combiner == Combiner::argmax;
}

} // namespace nnc
