#include "compiler/schedule/split_stages.h"

#include "ir/kernel/rewrite.h"
#include "ir/kernel/runs.h"

#include <algorithm>

namespace nnc {
namespace {

/// Makes the kernel of one stage; locals are buffers from `first_local` on.
class StageKernel {
public:
  StageKernel(const Kernel& from, std::uint32_t first_local)
      : from_(from), first_local_(first_local), rewriter_(from.pool, kernel_.pool) {
    kernel_.name = from.name;
    kernel_.origin = from.origin;
    rewriter_.on_leaf = [this](const ExprNode& node, std::span<const Index> at, Expr guard) {
      if (node.source < local_buffer) return Expr{};
      return kernel_.pool.load(buffer(node.source), node.dtype, with_shared(at), guard);
    };
  }

  Kernel make(const Stage& stage) {
    Stage made;
    for (const Axis axis : from_.axes) made.axes.push_back(rewriter_.axis(axis));
    shared_ = made.axes;
    for (const Axis axis : stage.axes) made.axes.push_back(rewriter_.axis(axis));
    made.serial.assign(from_.axes.size(), run_length(from_) > 1);
    made.serial.insert(made.serial.end(), stage.serial.begin(), stage.serial.end());
    for (const Store& store : stage.stores) {
      Store moved{.buffer = buffer(store.buffer),
                  .value = rewriter_.expr(store.value),
                  .accumulate = store.accumulate};
      for (const Index index : store.at) moved.at.push_back(rewriter_.index(index));
      if (store.buffer >= local_buffer) moved.at = with_shared(moved.at);
      if (store.guard.valid()) moved.guard = rewriter_.expr(store.guard);
      made.stores.push_back(std::move(moved));
    }
    kernel_.stages.push_back(std::move(made));
    return std::move(kernel_);
  }

private:
  std::uint32_t buffer(std::uint32_t id) const {
    return id < local_buffer ? id : first_local_ + (id - local_buffer);
  }

  std::vector<Index> with_shared(std::span<const Index> at) {
    std::vector<Index> all;
    for (const Axis axis : shared_) all.push_back(kernel_.pool.indices().of(axis));
    all.insert(all.end(), at.begin(), at.end());
    return all;
  }

  const Kernel& from_;
  std::uint32_t first_local_;
  Kernel kernel_;
  Rewriter rewriter_;
  std::vector<Axis> shared_;
};

} // namespace

std::vector<Kernel> split_stages(const Kernel& kernel, std::vector<Buffer>& buffers) {
  const auto first_local = static_cast<std::uint32_t>(buffers.size());
  Shape shared;
  for (const Axis axis : kernel.axes) shared.push_back(kernel.pool.indices().axis(axis).extent);
  for (const LocalBuffer& local : kernel.locals) {
    Buffer buffer{.name = local.name, .type = local.type, .data = {}, .origin = kernel.origin};
    buffer.type.shape.insert(buffer.type.shape.begin(), shared.begin(), shared.end());
    buffers.push_back(std::move(buffer));
  }
  std::vector<Kernel> parts;
  for (const Stage& stage : kernel.stages)
    parts.push_back(StageKernel(kernel, first_local).make(stage));
  return parts;
}

} // namespace nnc
