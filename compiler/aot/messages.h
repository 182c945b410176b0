// What functions of a module return, and what the codes mean; the same whatever they are compiled
// by.
#pragma once

#include "compiler/aot/module.h"

namespace nnc::aot {

/// Of one function: the codes of its first argument, and of its first index check.
struct Codes {
  int missing = 0, overlap = 0, index = 0;
};

/// A code is the position in this list. The first are those of every function.
class Messages {
public:
  static constexpr int no_arguments = 1, no_workspace = 2, lesser_cpu = 3;

  Messages();
  Codes add(const Function& function);
  const std::vector<std::string>& texts() const { return texts_; }

private:
  int next() const { return static_cast<int>(texts_.size()); }
  std::vector<std::string> texts_;
};

/// What callers bring for an arena of so many bytes: room to align it, and for a mark in front that
/// says "this CPU will do", so that only the first call asks (CPUID takes a microsecond and more in
/// virtual machines).
std::int64_t workspace_for(std::int64_t arena);

} // namespace nnc::aot
