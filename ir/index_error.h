// What is said of an index outside the axis that it selects from, whoever finds it: the
// interpreter, compiled code, or a CUDA device.
#pragma once

#include "ir/types.h"

namespace nnc {

/// `value` at `at` among `indices`, which `node` uses for an axis of size `extent`.
struct BadIndex {
  std::string node;
  std::string indices; ///< empty where they are computed on the way and have no name of their own
  std::int64_t value = 0;
  Shape at;
  std::int64_t extent = 0;
  Place place = {}; ///< of the node
};

/// E0621.
Error index_error(const BadIndex& bad);

} // namespace nnc
