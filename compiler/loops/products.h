// Products of slices with what stays the same in every step, made before the loop for all steps.
//
// Only deep ones, which gain by it, and only where what is then gone over is not much more than
// what is stacked or gone over anyway.
#pragma once

#include "ir/graph.h"

namespace nnc {

Graph products_before_loops(const Graph& from);

} // namespace nnc
