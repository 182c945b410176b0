// Kernels that only put elements elsewhere, in their order: what another shape, a slice of rows or
// rows one after the other are where they are stored.
#pragma once

#include "ir/kernel/kernel.h"

namespace nnc {

/// Elements first.. of `from`, in order and without gaps, are those first_to.. of `to`: as many as
/// the smaller of the two has.
struct Piece {
  std::uint32_t from = 0, to = 0;
  std::int64_t first = 0, first_to = 0;
};

/// What a store of a kernel puts where, if it does nothing else: pieces that make up all of one
/// buffer. That is either one piece, or whole buffers one after the other.
std::vector<Piece> copied_pieces(const Kernel& kernel, const Store& store,
                                 std::span<const Buffer> buffers);

} // namespace nnc
