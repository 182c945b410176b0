#include "ir/kernel/old_values.h"

#include "ir/messages.h"

#include <algorithm>

namespace nnc {
namespace {

/// Kernels that read a buffer, in order, and the first that writes it.
struct Uses {
  std::vector<std::size_t> readers;
  std::size_t writer = SIZE_MAX;

  /// Those that read what was there before the call; a writer reads before it writes.
  std::size_t of_old_value() const {
    return static_cast<std::size_t>(std::ranges::upper_bound(readers, writer) - readers.begin());
  }
};

std::vector<Uses> uses_of_targets(const KernelProgram& program) {
  std::vector<std::uint32_t> position(program.buffers.size(), UINT32_MAX);
  for (std::uint32_t i = 0; i < program.updates.size(); ++i)
    position[program.updates[i].target] = i;
  std::vector<Uses> uses(program.updates.size());
  for (std::size_t k = 0; k < program.kernels.size() && !uses.empty(); ++k) {
    for (const std::uint32_t buffer : buffers_read(program.kernels[k]))
      if (position[buffer] != UINT32_MAX) uses[position[buffer]].readers.push_back(k);
    for (const std::uint32_t buffer : buffers_written(program.kernels[k]))
      if (position[buffer] != UINT32_MAX)
        uses[position[buffer]].writer = std::min(uses[position[buffer]].writer, k);
  }
  return uses;
}

} // namespace

OldValues::OldValues(const KernelProgram& before) {
  for (const Uses& uses : uses_of_targets(before)) readers_.push_back({uses.of_old_value(), 0});
  for (std::size_t i = 0; i < readers_.size(); ++i)
    for (const auto& update : before.updates)
      if (update.copy_from == before.updates[i].target) ++readers_[i].copies;
}

std::vector<KernelFault> OldValues::check(const KernelProgram& after) const {
  std::vector<KernelFault> faults;
  const std::vector<Uses> uses = uses_of_targets(after);
  for (std::size_t i = 0; i < std::min(uses.size(), readers_.size()); ++i) {
    const std::size_t now = uses[i].of_old_value();
    if (now >= readers_[i].kernels && now <= readers_[i].kernels + readers_[i].copies) continue;
    const Buffer& target = after.buffers[after.updates[i].target];
    KernelFault fault{.rule = rule,
                      .message = quote(target.name) + " is read by " +
                                 std::to_string(readers_[i].kernels) +
                                 " kernels before the update, now by " + std::to_string(now)};
    if (uses[i].writer != SIZE_MAX) fault.kernel = static_cast<std::uint32_t>(uses[i].writer);
    faults.push_back(std::move(fault));
  }
  return faults;
}

} // namespace nnc
