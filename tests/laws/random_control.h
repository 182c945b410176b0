// Random functions with loops and branches, nested up to three deep, smooth and of moderate size.
#pragma once

#include "ir/graph.h"

namespace nnc {

/// All inputs are f64.
Graph random_control(Context& context, std::uint64_t word);

} // namespace nnc
