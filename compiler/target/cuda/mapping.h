// How the points of a kernel are shared out among blocks and threads.
#pragma once

#include "ir/kernel/kernel.h"

namespace nnc::cuda {

struct Mapping {
  enum class Kind : std::uint8_t {
    points, ///< a thread for each point of `axes`
    rows,   ///< a block for each point of `axes`, or for each run of them
  };
  Kind kind = Kind::points;
  std::vector<Axis> axes;  ///< independent, outermost first
  std::int64_t run = 1;    ///< rows that a block takes in order (ir/kernel/runs.h)
  std::int64_t points = 1; ///< of these axes, or their runs
  std::int64_t threads = 32, blocks = 1;
};

/// Of a prepared kernel, by its loops and expressions alone.
Mapping map_kernel(const Kernel& kernel);

/// Those of a stage whose iterations need no order.
std::vector<Axis> parallel_axes(const Stage& stage);
/// Does a block share the terms of this reduction, where it is the row's?
bool is_shared(const ExprPool& pool, const ExprNode& reduction);

} // namespace nnc::cuda
