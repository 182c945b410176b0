// Moves what a kernel reads and writes to other buffers, or to other places in them.
#pragma once

#include "ir/kernel/regions.h"

#include <algorithm>
#include <functional>

namespace nnc {

struct Access {
  std::uint32_t buffer = 0;
  std::vector<Index> at = {};
};

/// Every load and store goes where `move` says; it may add indices to the pool. Locals stay.
void relocate(Kernel& kernel,
              const std::function<Access(ExprPool& pool, const Access& access)>& move);

/// One axis last, in a list of sizes, indices or loops.
template <class T>
void axis_to_back(std::vector<T>& list, std::size_t axis) {
  std::rotate(list.begin() + static_cast<std::ptrdiff_t>(axis),
              list.begin() + static_cast<std::ptrdiff_t>(axis) + 1, list.end());
}

/// The buffers that a region uses itself.
void relocate(Region& region, const std::function<std::uint32_t(std::uint32_t buffer)>& move);

/// `fresh` instead of `old`, in the kernels and regions of a unit.
void rename_buffer(KernelProgram& program, const Unit& unit, std::uint32_t old,
                   std::uint32_t fresh);
/// The same everywhere, and in checks.
void rename_buffer(KernelProgram& program, std::uint32_t old, std::uint32_t fresh);

} // namespace nnc
