// What a loop's derivative reads of its steps.
//
// A derivative is made to compute each step of its loop again from what is carried. Where the body
// of a later loop over the same slices computes what that of an earlier one does, or could, from
// the same slices, the earlier one stacks what is cheaper to keep than to compute again. Loops of
// which little is to be kept (`checkpoint`, and single steps, which stand for marks) are left.
#pragma once

#include "ir/graph.h"

namespace nnc {

/// At most `tries` pairs of loops are looked at. What nobody reads any more stays, for prune_loops.
Graph keep_residuals(Graph graph, int tries);

} // namespace nnc
