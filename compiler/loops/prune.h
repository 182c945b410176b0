// Loops and branches without the results, carries and operands that nobody reads.
#pragma once

#include "ir/graph.h"

namespace nnc {

Graph prune_loops(const Graph& from);

} // namespace nnc
