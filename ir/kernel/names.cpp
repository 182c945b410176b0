#include "ir/kernel/names.h"

#include "ir/kernel/regions.h"

namespace nnc {
namespace {

/// `name`, or a numbered name when it is taken.
std::string unique(std::set<std::string>& taken, const std::string& name) {
  std::string result = name;
  for (int i = 1; !taken.insert(result).second; ++i) result = name + "." + std::to_string(i);
  return result;
}

std::vector<bool> used_buffers(const KernelProgram& program) {
  std::vector<bool> used(program.buffers.size(), false);
  for (std::size_t i = 0; i < used.size(); ++i)
    used[i] = program.buffers[i].role != BufferRole::arena;
  for (const auto& update : program.updates) used[update.copy_from] = true;
  for (const RangeCheck& check : program.checks) used[check.buffer] = true;
  for (const Region& region : program.regions)
    for (const auto& list : {buffers_read(region), buffers_written(region)})
      for (const std::uint32_t buffer : list) used[buffer] = true;
  for (const Kernel& kernel : program.kernels)
    for (const auto& list : {buffers_read(kernel), buffers_written(kernel)})
      for (const std::uint32_t buffer : list) used[buffer] = true;
  return used;
}

} // namespace

std::vector<std::string> printed_names(const KernelProgram& program) {
  const std::vector<bool> used = used_buffers(program);
  std::set<std::string> taken;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < used.size(); ++i)
    names.push_back(used[i] ? unique(taken, program.buffers[i].name) : std::string());
  return names;
}

std::vector<std::string> local_names(const Kernel& kernel, std::set<std::string>& taken) {
  std::vector<std::string> names;
  for (const LocalBuffer& local : kernel.locals) names.push_back(unique(taken, local.name));
  return names;
}

std::string declared_name(const Buffer& buffer) {
  const bool computed = buffer.role == BufferRole::arena || buffer.role == BufferRole::output;
  return computed ? "" : buffer.name;
}

} // namespace nnc
