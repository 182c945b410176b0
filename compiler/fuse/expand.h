// From stored values to kernels: the expression of one element, in terms of stored elements.
#pragma once

#include "ir/element.h"
#include "ir/kernel/kernel.h"

namespace nnc {

/// Where values live: the buffer of each stored value, UINT32_MAX for the others.
using BufferOf = std::vector<std::uint32_t>;

/// The memory that the row of node `id` wants besides its results.
std::vector<Type> temporaries_of(const Graph& graph, NodeId id);

/// Kernels that compute the results of node `id` (one for an `element` row, one per loop nest for
/// a `body` row). Values without a buffer are computed in place, down to stored ones.
/// `temporaries`: the buffers of those.
std::vector<Kernel> expand_kernels(const Graph& graph, NodeId id, const BufferOf& buffers,
                                   std::span<const std::uint32_t> temporaries);

} // namespace nnc
