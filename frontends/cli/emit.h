// Where texts that were asked for with --emit go.
#pragma once

#include "ir/error.h"

#include <string>
#include <string_view>

namespace nnc::cli {

/// To the file `path`, or to standard output when it is empty or `-`.
Status write_text(const std::string& path, std::string_view text);

} // namespace nnc::cli
