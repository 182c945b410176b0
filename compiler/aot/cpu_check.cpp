#include "compiler/aot/cpu_check.h"

#include "compiler/target/cpu/cpu_features.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace nnc::aot {
namespace {

/// CPUID of one leaf; ebx is saved by hand, as LLVM may keep it for itself.
constexpr std::string_view cpuid_text = R"(
define internal { i32, i32, i32, i32 } @nnc_cpuid(i32 %leaf, i32 %sub) #0 {
  %r = call { i32, i32, i32, i32 } asm sideeffect
    "xchgq %rbx, ${1:q}\0Acpuid\0Axchgq %rbx, ${1:q}",
    "={ax},=&r,={cx},={dx},0,2,~{dirflag},~{fpsr},~{flags}"(i32 %leaf, i32 %sub)
  ret { i32, i32, i32, i32 } %r
}
)";

/// Registers that the operating system must save: of SSE and AVX, and of AVX-512.
constexpr std::uint32_t avx_state = 0x6, avx512_state = 0xe6;
constexpr std::uint32_t osxsave = 1u << 27; // leaf 1, ecx: XGETBV may be used

} // namespace

std::string cpu_check_text(std::span<const std::string> features) {
  std::map<std::tuple<std::uint32_t, std::uint32_t, int>, std::uint32_t> masks;
  masks[{1, 0, 2}] = osxsave;
  std::uint32_t state = avx_state;
  for (const cpu::FeatureBit& feature : cpu::feature_bits()) {
    if (std::ranges::find(features, feature.name) == features.end()) continue;
    masks[{feature.leaf, feature.subleaf, feature.reg}] |= 1u << feature.bit;
    if (feature.name == "avx512f") state = avx512_state;
  }
  std::string text(cpuid_text);
  text += "\ndefine internal i1 @nnc_cpu_ok() #0 {\n"
          "  %l0 = call { i32, i32, i32, i32 } @nnc_cpuid(i32 0, i32 0)\n"
          "  %max = extractvalue { i32, i32, i32, i32 } %l0, 0\n"
          "  %seven = icmp uge i32 %max, 7\n"
          "  br i1 %seven, label %leaves, label %no\nleaves:\n";
  std::string all = "true";
  int n = 0;
  for (const auto& [where, mask] : masks) {
    const auto& [leaf, subleaf, reg] = where;
    text += fmt::format("  %c{0} = call {{ i32, i32, i32, i32 }} @nnc_cpuid(i32 {1}, i32 {2})\n"
                        "  %r{0} = extractvalue {{ i32, i32, i32, i32 }} %c{0}, {3}\n"
                        "  %m{0} = and i32 %r{0}, {4}\n  %h{0} = icmp eq i32 %m{0}, {4}\n"
                        "  %a{0} = and i1 {5}, %h{0}\n",
                        n, static_cast<std::int32_t>(leaf), subleaf, reg,
                        static_cast<std::int32_t>(mask), all);
    all = fmt::format("%a{}", n++);
  }
  text += fmt::format("  br i1 {0}, label %system, label %no\nsystem:\n"
                      "  %x = call {{ i32, i32 }} asm sideeffect \"xgetbv\", "
                      "\"={{ax}},={{dx}},{{cx}},~{{dirflag}},~{{fpsr}},~{{flags}}\"(i32 0)\n"
                      "  %xa = extractvalue {{ i32, i32 }} %x, 0\n  %xm = and i32 %xa, {1}\n"
                      "  %xh = icmp eq i32 %xm, {1}\n  ret i1 %xh\nno:\n  ret i1 false\n}}\n",
                      all, state);
  return text;
}

} // namespace nnc::aot
