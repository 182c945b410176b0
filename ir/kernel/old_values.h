// Whether a step keeps what updates promise: every kernel that reads a param or state before a step
// still reads its old value after it, from there or from a copy. Once a kernel writes its result in
// place, old and new value have one name, so this takes a look at the program before the step and
// one at that after it.
#pragma once

#include "ir/kernel/verify.h"

namespace nnc {

class OldValues {
public:
  /// Of a program whose updates may be in place or not.
  explicit OldValues(const KernelProgram& before);

  /// Faults of the rule `updates`, at kernels that read what another has overwritten. Updates stand
  /// in the order that they had.
  std::vector<KernelFault> check(const KernelProgram& after) const;

  static constexpr std::string_view rule = "updates";

private:
  /// Stages that read the old value, and copies of it that a step may add.
  struct Readers {
    std::size_t stages = 0, copies = 0;
  };
  std::vector<Readers> readers_; ///< of each update's target
};

} // namespace nnc
