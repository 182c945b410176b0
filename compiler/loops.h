// Makes loops and branches as small as what is read of them.
//
// Derivatives of loops are made whole: every carry is stacked, every operand has a cotangent. Here
// goes what nobody reads: results, carries that lead to no result, operands that are not needed.
// Loops over the same steps become one where one reads what the other stacks, so that nothing need
// be stacked, or where both carry the same. What is the same in every step is computed before.
//
// Then what is left is made as one would write it by hand: a loop back reads what the loop forward
// had rather keep than have computed again, sums over steps that no step reads are one sum after
// the loop, and products that no step before has a part in are one product before it. Loops of
// which little is to be kept (`checkpoint`) make slices that others would have to stack.
#pragma once

#include "ir/graph.h"

namespace nnc {

/// The bodies themselves stay as they are inside, but for what becomes dead.
Graph tidy_loops(const Graph& from, Context& context);

} // namespace nnc
