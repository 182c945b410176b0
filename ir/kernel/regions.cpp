#include "ir/kernel/regions.h"

#include <algorithm>
#include <unordered_set>

namespace nnc {
namespace {

std::vector<Unit> units_between(const KernelProgram& program, std::uint32_t first,
                                std::uint32_t last, std::uint32_t region) {
  const auto& regions = program.regions;
  const auto count = static_cast<std::uint32_t>(regions.size());
  std::vector<Unit> found;
  while (region < count && regions[region].first < first) ++region;
  for (std::uint32_t k = first; k < last;) {
    if (region == count || regions[region].first != k) {
      found.push_back({k, k + 1, Region::none, region});
      ++k;
      continue;
    }
    Unit unit{k, regions[region].last, region, region};
    while (unit.next_region < count && regions[unit.next_region].first < unit.last)
      ++unit.next_region;
    region = unit.next_region;
    k = unit.last;
    found.push_back(unit);
  }
  return found;
}

std::vector<std::uint32_t> those_given(std::initializer_list<std::uint32_t> buffers) {
  std::vector<std::uint32_t> given;
  for (const std::uint32_t buffer : buffers)
    if (buffer != Region::none) given.push_back(buffer);
  return given;
}

} // namespace

std::vector<Unit> units(const KernelProgram& program) {
  return units_between(program, 0, static_cast<std::uint32_t>(program.kernels.size()), 0);
}

std::vector<Unit> units_of_part(const KernelProgram& program, std::uint32_t region,
                                std::uint32_t first, std::uint32_t last) {
  return units_between(program, first, last, region + 1);
}

std::vector<std::uint32_t> buffers_read(const Region& region) {
  return those_given({region.condition, region.count});
}

std::vector<std::uint32_t> buffers_written(const Region& region) {
  return those_given({region.counter, region.steps});
}

namespace {

/// What `of` says of the kernels and regions of a unit.
template <class Of>
std::vector<std::uint32_t> of_unit(const KernelProgram& program, const Unit& unit, Of of) {
  std::vector<std::uint32_t> list;
  std::unordered_set<std::uint32_t> seen;
  const auto add = [&](const std::vector<std::uint32_t>& buffers) {
    for (const std::uint32_t buffer : buffers)
      if (seen.insert(buffer).second) list.push_back(buffer);
  };
  for (std::uint32_t k = unit.first; k < unit.last; ++k) add(of(program.kernels[k]));
  if (unit.region != Region::none)
    for (std::uint32_t r = unit.region; r < unit.next_region; ++r) add(of(program.regions[r]));
  return list;
}

} // namespace

std::vector<std::uint32_t> buffers_read(const KernelProgram& program, const Unit& unit) {
  return of_unit(program, unit, [](const auto& part) { return buffers_read(part); });
}

std::vector<std::uint32_t> buffers_written(const KernelProgram& program, const Unit& unit) {
  return of_unit(program, unit, [](const auto& part) { return buffers_written(part); });
}

void Life::use(std::size_t at) {
  first = std::min(first, at);
  last = std::max(last, at);
}

std::vector<Life> buffer_lives(const KernelProgram& program) {
  std::vector<Life> lives(program.buffers.size());
  for (std::size_t k = 0; k < program.kernels.size(); ++k) {
    for (const std::uint32_t buffer : buffers_read(program.kernels[k])) lives[buffer].use(k);
    for (const std::uint32_t buffer : buffers_written(program.kernels[k])) lives[buffer].use(k);
  }
  for (const RangeCheck& check : program.checks) lives[check.buffer].use(check.before_kernel);
  for (const Region& region : program.regions)
    for (const auto& buffers : {buffers_read(region), buffers_written(region)})
      for (const std::uint32_t buffer : buffers) {
        lives[buffer].use(region.first);
        lives[buffer].use(region.last - 1);
      }
  // From the inside out: what lives across an inner loop may live across the one around it.
  for (auto region = program.regions.rbegin(); region != program.regions.rend(); ++region) {
    if (region->kind != Region::Kind::loop) continue;
    const std::size_t first = region->first, last = region->last - 1;
    for (Life& life : lives) {
      const bool meets = !life.none() && life.first <= last && life.last >= first;
      if (!meets || (life.first >= first && life.last <= last)) continue;
      life.use(first);
      life.use(last);
    }
  }
  return lives;
}

} // namespace nnc
