// The inner loop of contractions: one register tile, summed over a block of positions.
#pragma once

#include "compiler/target/cpu/llvm_types.h"

#include <llvm/IR/Module.h>

namespace nnc::cpu {

struct MicroKernelForm {
  DType dtype = DType::f32;
  unsigned lanes = 16, vectors = 4;
  std::int64_t rows = 6;
  bool a_along_k = true;   ///< a's elements of one row are contiguous, else those of one position
  bool accumulate = false; ///< there may be a sum in the tile already
  unsigned levels = 0;     ///< loops around the runs of positions
};

/// void kernel(ptr a, i64 a_stride, ptr b, i64 b_stride, ptr tile, i64 positions, i1 add):
/// tile[row][column] = (add ? tile : 0) + sum over positions of a * b. Strides are in elements:
/// a_stride between rows (a_along_k) or positions, b_stride between positions. The tile is
/// contiguous and 64-byte aligned. One function per form and module; positions >= 1.
/// Each level adds three arguments, outermost first, (i64 count, i64 a_step, i64 b_step): the sum
/// goes over the positions again for each of `count` places, a and b that many elements further.
/// A count may be 0.
llvm::Function* micro_kernel(llvm::Module& module, const MicroKernelForm& form);

} // namespace nnc::cpu
