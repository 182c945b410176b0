// Sums over the steps of a loop.
//
// A carry that only takes up a term in each step is the sum of the terms, after the loop, made from
// what is stacked: the weights' share of a derivative is then one contraction over steps and batch.
// It leaves the loop where reading and writing it in each step costs more than stacking what the
// terms are made from, and if not more is stacked for it than is stacked or gone over anyway.
#pragma once

#include "ir/graph.h"

namespace nnc {

Graph sums_after_loops(const Graph& from);

} // namespace nnc
