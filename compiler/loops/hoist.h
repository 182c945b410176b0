// What is the same in every step of a loop is computed before it.
#pragma once

#include "ir/graph.h"

namespace nnc {

/// Only what takes arithmetic, and no more memory than what it is computed from.
Graph hoist_constants(const Graph& from);

} // namespace nnc
