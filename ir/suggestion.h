// What was probably meant, where the nearest name alone does not say enough.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace nnc {

/// "did you mean 'w1'?", else all names where they are few: "the inputs are x y". Fit for
/// Error::help; `what` is "inputs".
std::string nearest_or_all(std::string_view name, std::span<const std::string_view> known,
                           std::string_view what);
std::string nearest_or_all(std::string_view name, std::span<const std::string> known,
                           std::string_view what);

/// The dtype that others call `name`: "f32" for "float32". Empty when it is nobody's.
std::string_view dtype_called(std::string_view name);
/// "did you mean 'f32'?", or nothing.
std::string dtype_help(std::string_view name);

} // namespace nnc
