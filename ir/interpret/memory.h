// What a run of the interpreter takes, without running: 8 bytes for each element of every value
// that is still to be read, in the order of the nodes, with what bodies of loops and branches, and
// functions that are called, take while they run.
#pragma once

#include "ir/graph.h"

namespace nnc {

/// At most max_bytes. Temporaries of rows with a body of loops are not counted.
std::int64_t bytes_of_run(const Graph& graph);
/// What of that the inputs and params are, which are there whatever is computed of them.
std::int64_t bytes_of_leaves(const Graph& graph);

} // namespace nnc
