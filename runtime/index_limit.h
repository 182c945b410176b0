// Checks of indices in compiled code: what each of them looks at, and what is said when it failed.
#pragma once

#include "ir/index_error.h"

#include <memory>

namespace nnc {

/// What a step found when an index was outside of 0..extent-1. Code says only which check failed;
/// the index is looked for again where the indices are.
struct IndexLimit {
  std::string node;   ///< that uses the index
  std::string buffer; ///< that holds it; empty for what is computed
  std::int64_t extent = 0;
  Type type = {};                        ///< of the indices
  Place place = {};                      ///< of the node
  std::optional<std::size_t> argument{}; ///< the indices are the caller's
  std::int64_t offset = -1;              ///< or lie so many bytes into the workspace
  std::shared_ptr<const std::vector<std::byte>> data = {}; ///< or are part of the program
};

/// Where they are: among `arguments`, in the program, or in `workspace`. Null if that is null, or
/// they are nowhere.
const void* indices_of(const IndexLimit& limit, const void* const* arguments,
                       const void* workspace);

/// The first of the indices (row-major bytes of limit.type) that is out of range. Where there is
/// none, it is only said that one was.
Error out_of_range(const IndexLimit& limit, const void* indices);

} // namespace nnc
