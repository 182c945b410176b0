// The kernels of a program with its regions: a sequence of units, each a kernel or a region, whose
// parts are such sequences again.
#pragma once

#include "ir/kernel/kernel.h"

namespace nnc {

/// Kernels first..last-1: one outside of any region, or those of a region that is in no other.
struct Unit {
  std::uint32_t first = 0, last = 0;
  std::uint32_t region = Region::none; ///< position in KernelProgram::regions
  std::uint32_t next_region = 0;       ///< the first one after those in this unit
};

/// The units of a program in order.
std::vector<Unit> units(const KernelProgram& program);
/// Those of one part of a region: kernels first..last-1.
std::vector<Unit> units_of_part(const KernelProgram& program, std::uint32_t region,
                                std::uint32_t first, std::uint32_t last);

/// Buffers that a unit reads and writes, each once, in order of first use.
std::vector<std::uint32_t> buffers_read(const KernelProgram& program, const Unit& unit);
std::vector<std::uint32_t> buffers_written(const KernelProgram& program, const Unit& unit);
/// Those that a region itself reads and writes.
std::vector<std::uint32_t> buffers_read(const Region& region);
std::vector<std::uint32_t> buffers_written(const Region& region);

/// Is the kernel one of the region's?
inline bool holds(const Region& region, std::uint32_t kernel) {
  return region.first <= kernel && kernel < region.last;
}

/// Kernels from the first to the last that need what is in a buffer, both inclusive. What is used
/// in a loop and outside of it is needed in all of the loop.
struct Life {
  std::size_t first = SIZE_MAX, last = 0;
  void use(std::size_t at);
  bool none() const { return first == SIZE_MAX; }
};
std::vector<Life> buffer_lives(const KernelProgram& program);

} // namespace nnc
