// Gives each derivative a graph of its own where a `cut` made for another derivative is in the way.
//
// A `cut` keeps the named intermediate p apart so that grad(loss, p) is right, and by that hides
// from `stabilize` that log(p) is log(sigmoid(z)): grad(loss, w), asked for beside it, would divide
// by zero where p is 0. So a derivative sees only the cuts that it needs: those of its variables
// and, where it is differentiated again, those of the outer variables. The others dissolve in its
// copy of what leads to `of`, but for those that lead to a derivative within it. Where a cut hides
// nothing from `stabilize`, nothing is copied, and all variables share one backward sweep.
#pragma once

#include "ir/graph.h"

#include <optional>

namespace nnc {

/// Nothing where no derivative is in another's way.
std::optional<Graph> separate_derivatives(const Graph& from, Context& context);

} // namespace nnc
