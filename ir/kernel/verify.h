// What holds of every kernel program between any two steps, as a list of small rules: names mean
// something, expressions have one dtype, indices stay inside their buffers, nothing is read before
// it is written or after it is overwritten, and buffers that are alive together do not share
// memory.
//
// Near-linear in kernels and expressions.
#pragma once

#include "ir/kernel/kernel.h"

namespace nnc {

struct KernelFault {
  static constexpr std::uint32_t none = UINT32_MAX;

  std::string_view rule = {};
  std::string message = {};
  // Where: a buffer; a kernel, a stage of it, a store of that; or the header.
  std::uint32_t buffer = none;
  std::uint32_t kernel = none, stage = none, store = none;
};

/// The names of the rules, in the order in which they are tried. Those after a broken one are not
/// tried, in its kernel if it is about one: they rely on it.
std::vector<std::string_view> kernel_rules();

struct VerifyOptions {
  bool planned = false; ///< buffers of the arena have offsets
  /// An index for which neither ranges nor a look at its points tell that it is inside is a fault.
  bool strict = false;
  std::size_t limit = 20; ///< of faults
};

std::vector<KernelFault> verify(const KernelProgram& program, const VerifyOptions& options);

/// The kernels at fault as text, and under each line at fault the rule and what is wrong.
std::string fault_text(const KernelProgram& program, std::span<const KernelFault> faults);

} // namespace nnc
