// Asking the CPU what it can do, as LLVM text.
#pragma once

#include <span>
#include <string>

namespace nnc::aot {

/// `define internal i1 @nnc_cpu_ok()`: true when the CPU and the operating system support all of
/// `features` (of cpu::feature_bits).
std::string cpu_check_text(std::span<const std::string> features);

} // namespace nnc::aot
