// Slices that are computed again by those who read them, where little is to be kept.
//
// What a loop with `checkpoint` stacks, and what is made of that element by element, is as large as
// all of its steps. Where other such loops over the same steps are all that reads it, each of them
// runs a step again from what is carried at its beginning, and nothing is stacked but that.
#pragma once

#include "ir/graph.h"

namespace nnc {

/// What nobody reads any more stays, for prune_loops.
Graph recompute_slices(const Graph& from);

} // namespace nnc
