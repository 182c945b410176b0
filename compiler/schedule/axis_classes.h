// Which axes of a program's tensors and loops are the same axis under other names.
//
// Where a loop's axis is all of an index, the axis of the tensor and that of the loop belong
// together; so the examples of a batch can be followed through a program, from kernel to kernel,
// without a name for them.
#pragma once

#include "ir/kernel/kernel.h"

namespace nnc {

class AxisClasses {
public:
  explicit AxisClasses(const KernelProgram& program);

  /// Of axis `axis` of a buffer's tensor; equal for all that belong together.
  std::uint32_t of(std::uint32_t buffer, std::size_t axis) const {
    return find(first_of_buffer_[buffer] + static_cast<std::uint32_t>(axis));
  }
  /// Of a loop's axis.
  std::uint32_t of_loop(std::uint32_t kernel, Axis axis) const {
    return find(first_of_kernel_[kernel] + axis.id);
  }

private:
  std::uint32_t find(std::uint32_t id) const;
  void unite(std::uint32_t a, std::uint32_t b) { parent_[find(a)] = find(b); }
  void follow(std::uint32_t kernel, const ExprPool& pool, std::uint32_t buffer,
              std::span<const Index> at);

  std::vector<std::uint32_t> first_of_buffer_, first_of_kernel_;
  mutable std::vector<std::uint32_t> parent_;
};

/// The axis that is all of an index, if one is.
std::optional<Axis> plain_axis(const IndexPool& indices, Index index);

} // namespace nnc
