// How a contraction is cut into register tiles: decided from its shape, before any code is made.
//
//   for each block of the summed positions           (one block unless the sum is long)
//     pack b: panels of `columns` result columns, [position][column]
//     for each tile of up to `rows` result rows
//       pack a: the tile's rows, unless memory already has them evenly
//       for each panel: micro-kernel (sum), then the epilogue of the stores
//
// Sums run over positions in order, one accumulator per result, so tile shapes do not change bits.
#pragma once

#include "compiler/schedule/contraction.h"
#include "compiler/target/cpu/kernel_emitter.h"

namespace nnc::cpu {

/// A summed axis around runs of positions. Where b is guarded, only the part of it is gone over
/// for which the indices are in their ranges: index + axis, or index - axis.
struct TileLevel {
  struct Bound {
    Index index; ///< 0 put for the axis
    IndexRange range;
    bool falls = false; ///< along the axis
  };
  Axis axis;
  std::int64_t extent = 1, a_step = 0, b_step = 0;
  std::vector<Bound> bounds = {};
};

struct TilePlan {
  Contraction form;
  DType dtype = DType::f32; ///< of the sum
  unsigned lanes = 16;      ///< of one vector of results
  unsigned vectors = 4;     ///< vectors in a panel
  std::int64_t rows = 6;    ///< largest tile

  std::int64_t batch = 1, m = 1; ///< points of the batch axes and of the m axes
  Axis n_axis;                   ///< the last result axis, which panels cut
  std::vector<Axis> n_outer;     ///< other axes of b alone
  std::int64_t n = 1, n_outer_points = 1;

  Axis k_outer;              ///< the summed axis that blocks cut
  std::vector<Axis> k_inner; ///< the others; the last runs fastest
  std::int64_t k_outer_extent = 1, k_inner_points = 1;
  std::int64_t k_block = 1; ///< of k_outer

  /// a is read where it is: element (row, position) at row_stride * row + k_stride * position.
  bool a_direct = false;
  bool a_along_k = true;     ///< the tile's rows are contiguous along k, else along m
  std::int64_t a_stride = 0; ///< of the other direction
  /// b is read where it is: rows of columns b_stride apart, in runs of `run` positions within
  /// loops over the levels. A window slides along more than one axis, so that its rows come in
  /// several runs.
  bool b_direct = false;
  std::int64_t b_stride = 0, run = 0;
  std::vector<TileLevel> levels; ///< outermost first
  bool b_along_k = false;        ///< b lies along k: packed through transposed squares

  std::int64_t columns() const { return static_cast<std::int64_t>(vectors * lanes); }
  std::int64_t panels() const { return n_outer_points * panels_of_row(); }
  std::int64_t panels_of_row() const { return (n + columns() - 1) / columns(); }
  std::int64_t tiles() const { return (m + rows - 1) / rows; }
  std::int64_t blocks() const { return (k_outer_extent + k_block - 1) / k_block; }
  std::int64_t block_positions() const { return k_block * k_inner_points; }
  std::vector<Axis> k_axes() const; ///< k_outer, then k_inner
  double flops() const;

  // The scratch memory: which block it is, the panels of b, then the sums of earlier blocks.
  static constexpr std::int64_t header_bytes = 64;
  std::int64_t tile_elements() const { return rows * columns(); }
  std::int64_t panel_elements() const; ///< of a packed panel
  std::int64_t packed_bytes() const;   ///< of all panels of a block
  std::int64_t sums_bytes() const;
  std::int64_t scratch_bytes() const;
};

/// The plan for a prepared kernel, or nullopt when it is no contraction or not worth tiles. Indices
/// of bounds are added to its pool.
std::optional<TilePlan> plan_tiles(Kernel& kernel, const MachineShape& machine);

} // namespace nnc::cpu
