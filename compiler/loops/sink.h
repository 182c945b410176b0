// What is computed of the slices of a loop that may end early is computed by the loop that takes
// them: not for all the steps that there could be.
#pragma once

#include "ir/graph.h"

namespace nnc {

/// Element-wise values of stacks go into the loops that go over them and count their steps: sums of
/// cotangents, above all. Where something else reads them too, only those of one operation an
/// element.
Graph sink_into_loops(const Graph& from);

} // namespace nnc
