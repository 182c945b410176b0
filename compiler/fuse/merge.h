// Merging kernels, so that values that only one kernel wants are never stored.
//
// `merge_pointwise`: a kernel whose results another reads at its own indices joins it (epilogues,
// several outputs of one loop). `merge_rows`: kernels that need each other's results only within
// the same row become stages of one kernel over rows (softmax, layer norm, cross-entropy).
// `drop_unread` and `localize` then remove stores nobody reads and turn values that only later
// stages read into local buffers.
#pragma once

#include "compiler/fuse/kernel_graph.h"

namespace nnc {

void merge_pointwise(KernelGraph& graph);
void merge_rows(KernelGraph& graph);
void drop_unread(KernelGraph& graph);
void localize(KernelGraph& graph, std::span<const Buffer> buffers);

} // namespace nnc
