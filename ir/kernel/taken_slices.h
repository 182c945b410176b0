// What loops that may take fewer steps than they could leave behind: the slices of the steps that
// they took. Whoever counts the same steps may read those, without anything in the others.
#pragma once

#include "ir/kernel/regions.h"

namespace nnc {

/// The accesses of a program by slices; it has to outlive this.
class TakenSlices {
public:
  explicit TakenSlices(const KernelProgram& program);

  /// Are all slices of an arena buffer that anybody reads written by a loop before, even if kernel
  /// `but_for` did not write it?
  bool cover(std::uint32_t buffer, std::uint32_t but_for = UINT32_MAX) const;

private:
  /// A kernel's access to a buffer: by which counter it takes a slice, if it takes one.
  struct Slice {
    std::uint32_t kernel = 0;
    std::optional<std::uint32_t> counter = {};
  };

  void look_at(std::uint32_t k);
  const Region* loop_of(const Slice& slice) const;
  std::vector<const Region*> around(const Region& region) const;
  bool takes_the_same(const Region& first, const Region& second) const;

  const KernelProgram& program_;
  std::vector<std::vector<Slice>> reads_, writes_; ///< by buffer
  std::vector<bool> whole_;                        ///< by buffer: regions and others read it
};

} // namespace nnc
