// From a graph of tensors to kernels over buffers: decides which values are stored and which
// stored values share a kernel; everything else is computed where it is used.
#pragma once

#include "ir/graph.h"
#include "ir/kernel/kernel.h"

namespace nnc {

/// The graph must hold no grad or call nodes. Kernels come out in an order that respects what they
/// read; the arena is not laid out yet (`plan` does that).
KernelProgram fuse(const Graph& graph, Context& context);

} // namespace nnc
