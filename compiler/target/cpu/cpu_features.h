// What code may use of an x86-64 CPU and a program can ask for when it runs: the JIT before it
// loads code for another CPU, and object files before each call.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nnc::cpu {

/// Where CPUID reports a feature (Intel SDM volume 2A, CPUID; AMD APM volume 3, appendix E).
struct FeatureBit {
  std::string_view name; ///< LLVM's
  std::uint32_t leaf, subleaf;
  int reg; ///< 0 eax, 1 ebx, 2 ecx, 3 edx
  int bit;
};
std::span<const FeatureBit> feature_bits();

/// A reserved bit, which no CPU sets: code that needs it is refused everywhere. For tests.
inline constexpr std::string_view missing_feature = "reserved";

/// The names of all features but that one.
std::vector<std::string> checkable_features();

} // namespace nnc::cpu
