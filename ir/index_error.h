// What is said of an index outside the axis that it selects from, whoever finds it: the
// interpreter, compiled code, a CUDA device, or a module whose callers get a text for a code.
#pragma once

#include "ir/types.h"

namespace nnc {

/// `value` at `at` among `indices`, which `node` uses for an axis of size `extent`.
struct BadIndex {
  std::string node;
  std::string indices;                    ///< of a leaf or a constant; empty for what is computed
  std::optional<std::int64_t> value = {}; ///< nothing where it is only known that there is one
  Shape at = {};                          ///< of the value
  std::int64_t extent = 0;
  Place place = {}; ///< of the node
};

/// E0621.
Error index_error(const BadIndex& bad);

} // namespace nnc
