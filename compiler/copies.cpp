#include "compiler/copies.h"

#include "ir/kernel/relocate.h"
#include "ir/kernel/reshaped.h"

#include <algorithm>

namespace nnc {
namespace {

struct Copy {
  std::uint32_t from, to;
};

/// What a kernel copies, if that is all that it does.
std::optional<Copy> whole_copy(Kernel& kernel, const std::vector<Buffer>& buffers) {
  if (kernel.stages.size() != 1 || !kernel.axes.empty() || !kernel.locals.empty())
    return std::nullopt;
  const std::vector<Store>& stores = kernel.stages[0].stores;
  if (stores.size() != 1 || stores[0].guard.valid() || stores[0].accumulate) return std::nullopt;
  const Store& store = stores[0];
  const ExprNode& value = kernel.pool.node(store.value);
  if (value.op != ScalarOp::load || value.source >= local_buffer || value.guard.valid())
    return std::nullopt;
  const Type &from = buffers[value.source].type, &to = buffers[store.buffer].type;
  std::int64_t points = 1;
  for (const Axis axis : kernel.stages[0].axes) points *= kernel.pool.indices().axis(axis).extent;
  if (from.dtype != to.dtype || from.elements() != points || to.elements() != points)
    return std::nullopt;
  IndexPool& indices = kernel.pool.indices();
  const Index read = linearize(indices, kernel.pool.index_list(value), from.shape);
  if (read != linearize(indices, store.at, to.shape)) return std::nullopt;
  return Copy{value.source, store.buffer};
}

class Copies {
public:
  explicit Copies(KernelProgram program)
      : program_(std::move(program)), users_(program_.buffers.size()),
        writers_(program_.buffers.size(), 0), fixed_(program_.buffers.size(), false),
        dropped_(program_.kernels.size(), false) {
    for (std::uint32_t k = 0; k < program_.kernels.size(); ++k) {
      for (const std::uint32_t buffer : buffers_read(program_.kernels[k]))
        users_[buffer].push_back(k);
      for (const std::uint32_t buffer : buffers_written(program_.kernels[k])) {
        users_[buffer].push_back(k);
        ++writers_[buffer];
      }
    }
    for (const auto& update : program_.updates)
      fixed_[update.target] = fixed_[update.copy_from] = true;
    for (const RangeCheck& check : program_.checks) fixed_[check.buffer] = true;
    for (Region& region : program_.regions)
      relocate(region, [&](std::uint32_t buffer) {
        fixed_[buffer] = true;
        return buffer;
      });
  }

  KernelProgram run() {
    for (const Unit& unit : units(program_)) {
      if (unit.region != Region::none) continue; // what a step writes has no shape but its own
      const auto copy = whole_copy(program_.kernels[unit.first], program_.buffers);
      if (copy && can_be_one(*copy)) make_one(*copy, unit.first);
    }
    remove_dropped();
    return std::move(program_);
  }

private:
  bool can_be_one(const Copy& copy) const {
    const BufferRole to = program_.buffers[copy.to].role;
    return program_.buffers[copy.from].role == BufferRole::arena &&
           (to == BufferRole::arena || to == BufferRole::output) && !fixed_[copy.from] &&
           !fixed_[copy.to] && writers_[copy.from] > 0 && writers_[copy.to] == 1;
  }

  void make_one(const Copy& copy, std::uint32_t kernel) {
    dropped_[kernel] = true;
    const Shape &from = program_.buffers[copy.from].type.shape,
                &to = program_.buffers[copy.to].type.shape;
    const auto move = [&](ExprPool& pool, const Access& access) {
      if (access.buffer != copy.from) return access;
      return Access{copy.to, reshaped(pool.indices(), access.at, from, to)};
    };
    for (const std::uint32_t k : users_[copy.from])
      if (!dropped_[k]) relocate(program_.kernels[k], move);
    users_[copy.to].insert(users_[copy.to].end(), users_[copy.from].begin(),
                           users_[copy.from].end());
    writers_[copy.to] = writers_[copy.from];
    users_[copy.from].clear();
  }

  void remove_dropped() {
    std::vector<std::uint32_t> place{0}; // of each kernel, and of the end
    for (const bool dropped : dropped_) place.push_back(place.back() + (dropped ? 0 : 1));
    for (Region& region : program_.regions)
      for (std::uint32_t* at : {&region.first, &region.middle, &region.last}) *at = place[*at];
    for (RangeCheck& check : program_.checks) check.before_kernel = place[check.before_kernel];
    std::vector<Kernel> kernels;
    for (std::size_t k = 0; k < dropped_.size(); ++k)
      if (!dropped_[k]) kernels.push_back(std::move(program_.kernels[k]));
    program_.kernels = std::move(kernels);
  }

  KernelProgram program_;
  std::vector<std::vector<std::uint32_t>> users_; ///< kernels, by buffer
  std::vector<int> writers_;                      ///< kernels that write it, by buffer
  std::vector<bool> fixed_;                       ///< by buffer: others speak of it too
  std::vector<bool> dropped_;                     ///< by kernel
};

} // namespace

KernelProgram drop_copies(KernelProgram program) { return Copies(std::move(program)).run(); }

} // namespace nnc
