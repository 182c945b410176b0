#include "compiler/target/cpu/cpu_features.h"

#include <array>

namespace nnc::cpu {
namespace {

constexpr std::uint32_t extended = 0x80000001;
constexpr std::array bits = {
    FeatureBit{"sse3", 1, 0, 2, 0},          FeatureBit{"pclmul", 1, 0, 2, 1},
    FeatureBit{"ssse3", 1, 0, 2, 9},         FeatureBit{"fma", 1, 0, 2, 12},
    FeatureBit{"sse4.1", 1, 0, 2, 19},       FeatureBit{"sse4.2", 1, 0, 2, 20},
    FeatureBit{"movbe", 1, 0, 2, 22},        FeatureBit{"popcnt", 1, 0, 2, 23},
    FeatureBit{"aes", 1, 0, 2, 25},          FeatureBit{"avx", 1, 0, 2, 28},
    FeatureBit{"f16c", 1, 0, 2, 29},         FeatureBit{"lzcnt", extended, 0, 2, 5},
    FeatureBit{"bmi", 7, 0, 1, 3},           FeatureBit{"avx2", 7, 0, 1, 5},
    FeatureBit{"bmi2", 7, 0, 1, 8},          FeatureBit{"avx512f", 7, 0, 1, 16},
    FeatureBit{"avx512dq", 7, 0, 1, 17},     FeatureBit{"adx", 7, 0, 1, 19},
    FeatureBit{"avx512ifma", 7, 0, 1, 21},   FeatureBit{"avx512cd", 7, 0, 1, 28},
    FeatureBit{"avx512bw", 7, 0, 1, 30},     FeatureBit{"avx512vl", 7, 0, 1, 31},
    FeatureBit{"avx512vbmi", 7, 0, 2, 1},    FeatureBit{"avx512vbmi2", 7, 0, 2, 6},
    FeatureBit{"gfni", 7, 0, 2, 8},          FeatureBit{"vaes", 7, 0, 2, 9},
    FeatureBit{"vpclmulqdq", 7, 0, 2, 10},   FeatureBit{"avx512vnni", 7, 0, 2, 11},
    FeatureBit{"avx512bitalg", 7, 0, 2, 12}, FeatureBit{"avx512vpopcntdq", 7, 0, 2, 14},
    FeatureBit{"avx512fp16", 7, 0, 3, 23},   FeatureBit{"avxvnni", 7, 1, 0, 4},
    FeatureBit{"avx512bf16", 7, 1, 0, 5},    FeatureBit{"avxifma", 7, 1, 0, 23},
    FeatureBit{missing_feature, 1, 0, 2, 16}};

} // namespace

std::span<const FeatureBit> feature_bits() { return bits; }

std::vector<std::string> checkable_features() {
  std::vector<std::string> names;
  for (const FeatureBit& feature : bits)
    if (feature.name != missing_feature) names.emplace_back(feature.name);
  return names;
}

} // namespace nnc::cpu
