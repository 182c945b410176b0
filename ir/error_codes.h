// Every error code with its page: what `nnc explain E0203` prints. A code that is used anywhere
// has a row here, which a test checks.
#pragma once

#include <span>
#include <string_view>

namespace nnc {

struct ErrorCode {
  std::string_view id;    ///< "E0203"
  std::string_view title; ///< what is wrong, in one line
  std::string_view cause; ///< how it comes about
  std::string_view fix;   ///< what to do
};

/// Sorted by id.
std::span<const ErrorCode> error_codes();
/// Null when there is no such code.
const ErrorCode* find_error_code(std::string_view id);

} // namespace nnc
