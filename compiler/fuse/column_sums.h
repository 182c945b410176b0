// Sums down columns taken along by the pass over the rows.
//
// The gradients of what all rows share (weights of one output, scales, biases) are sums over rows
// of what a kernel over the same rows has at hand: x^T r beside r = f(x w), the sums of a layer
// norm beside its backward pass. By itself each is one more pass over tensors that are no longer
// in a near cache. So the rows go in runs (ir/kernel/runs.h), each of which adds up sums of its
// own, a row of partial sums that stays in L1; what was the column reduction then joins those of
// the runs, in order. Runs follow from shapes alone, so results do not depend on the number of
// threads.
#pragma once

#include "compiler/fuse/kernel_graph.h"

namespace nnc {

/// After rows are merged. Buffers of partial sums are added to `buffers`.
void take_column_sums_along(KernelGraph& graph, std::vector<Buffer>& buffers);

} // namespace nnc
