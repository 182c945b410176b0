// "did you mean": the nearest known name within two edits.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace nnc {

/// The known name nearest to `name`, or empty when none is within two edits.
std::string_view nearest_name(std::string_view name, std::span<const std::string_view> known);
/// "did you mean 'x'?" or empty: fit for Error::help.
std::string did_you_mean(std::string_view name, std::span<const std::string_view> known);

} // namespace nnc
