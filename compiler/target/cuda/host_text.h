// What every CUDA source has for its host code: launching, looking at what is on the device, and
// checking indices there.
#pragma once

#include "ir/types.h"

#include <set>
#include <string>
#include <string_view>

namespace nnc::cuda {

/// `launch`, `read` and `set_i64`.
std::string_view launch_text();
/// A kernel for each dtype of the indices that are checked.
std::string check_text(const std::set<DType>& dtypes);

} // namespace nnc::cuda
