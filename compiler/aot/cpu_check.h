// Asking the CPU what it can do, as LLVM text.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace nnc::aot {

/// A reserved bit, which no CPU sets: code that needs it is refused everywhere. For tests.
inline constexpr std::string_view missing_feature = "reserved";

/// `define internal i1 @nnc_cpu_ok()`: true when the CPU and the operating system support all of
/// `features`.
std::string cpu_check_text(std::span<const std::string> features);

} // namespace nnc::aot
