#include "ir/kernel/old_values.h"

#include "ir/kernel/copies.h"
#include "ir/messages.h"

#include <algorithm>
#include <map>

namespace nnc {
namespace {

/// Stages of kernels that read a buffer, and the first kernel that writes it.
struct Uses {
  /// For each, the kernel that took the value out of the buffer: its own, or who made the copy.
  std::vector<std::size_t> readers;
  std::size_t writer = SIZE_MAX;

  /// Those that read what was there before the call; a writer reads before it writes.
  std::size_t of_old_value() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(readers, [&](std::size_t when) { return when <= writer; }));
  }
};

/// Follows the old values of a program's updates.
class Trace {
public:
  explicit Trace(const KernelProgram& program)
      : program_(program), target_(program.buffers.size(), nobody), copied_(program.buffers.size()),
        writers_(program.buffers.size(), 0), uses_(program.updates.size()) {
    for (const Kernel& kernel : program.kernels)
      for (const std::uint32_t buffer : buffers_written(kernel)) ++writers_[buffer];
    for (std::uint32_t i = 0; i < program.updates.size(); ++i) {
      target_[program.updates[i].target] = i;
      ++writers_[program.updates[i].copy_from]; // it becomes the target
    }
  }

  std::vector<Uses> run() {
    for (std::size_t k = 0; k < program_.kernels.size() && !uses_.empty(); ++k) look_at(k);
    return std::move(uses_);
  }

private:
  static constexpr std::uint32_t nobody = UINT32_MAX;

  void look_at(std::size_t k) {
    const Kernel& kernel = program_.kernels[k];
    std::vector<std::uint32_t> read = buffers_read(kernel);
    std::erase_if(read, [&](std::uint32_t buffer) { return target_[buffer] == nobody; });
    if (!read.empty()) read = read_but_for_copies(k, read);
    std::map<std::uint32_t, std::size_t> when; // by update
    for (const std::uint32_t buffer : read)
      when[target_[buffer]] = std::max(when[target_[buffer]], copied_[buffer].value_or(k));
    for (const auto& [update, last] : when)
      uses_[update].readers.insert(uses_[update].readers.end(),
                                   stages_that_read(kernel, read, update), last);
    for (const std::uint32_t buffer : buffers_written(kernel))
      if (target_[buffer] != nobody && program_.updates[target_[buffer]].target == buffer)
        uses_[target_[buffer]].writer = std::min(uses_[target_[buffer]].writer, k);
  }

  /// Steps may take a kernel apart into its stages, so these are what is counted.
  std::size_t stages_that_read(const Kernel& kernel, const std::vector<std::uint32_t>& read,
                               std::uint32_t update) const {
    if (kernel.stages.size() == 1) return 1;
    const auto is_old = [&](std::uint32_t buffer) {
      return std::ranges::find(read, buffer) != read.end() && target_[buffer] == update;
    };
    return static_cast<std::size_t>(std::ranges::count_if(kernel.stages, [&](const Stage& stage) {
      for (const Store& store : stage.stores)
        if (store.accumulate && is_old(store.buffer)) return true;
      const auto order = topological_order(kernel.pool, stage_roots(kernel.pool, stage));
      return std::ranges::any_of(order, [&](Expr expr) {
        const ExprNode& node = kernel.pool.node(expr);
        return node.op == ScalarOp::load && is_old(node.source);
      });
    }));
  }

  /// Who reads a copy of an old value in the workspace reads that; the copy itself may go.
  std::vector<std::uint32_t> read_but_for_copies(std::size_t k, std::vector<std::uint32_t> read) {
    const Kernel& kernel = program_.kernels[k];
    if (kernel.stages.size() != 1) return read;
    std::vector<bool> copies;
    for (const Store& store : kernel.stages[0].stores) {
      const std::vector<Piece> pieces = copied_pieces(kernel, store, program_.buffers);
      copies.push_back(pieces.size() == 1 && target_[pieces[0].from] != nobody &&
                       program_.buffers[store.buffer].role == BufferRole::arena &&
                       writers_[store.buffer] == 1);
      if (!copies.back()) continue;
      target_[store.buffer] = target_[pieces[0].from];
      copied_[store.buffer] = copied_[pieces[0].from].value_or(k);
    }
    if (std::ranges::find(copies, true) == copies.end()) return read;
    Kernel rest = kernel;
    for (std::size_t i = copies.size(); i-- > 0;)
      if (copies[i])
        rest.stages[0].stores.erase(rest.stages[0].stores.begin() + static_cast<std::ptrdiff_t>(i));
    const std::vector<std::uint32_t> others = buffers_read(rest);
    std::erase_if(read, [&](std::uint32_t buffer) {
      return std::ranges::find(others, buffer) == others.end();
    });
    return read;
  }

  const KernelProgram& program_;
  std::vector<std::uint32_t> target_; ///< by buffer: the update whose old value is in it
  std::vector<std::optional<std::size_t>> copied_; ///< by buffer: the kernel that copied it there
  std::vector<int> writers_;                       ///< by buffer; one where a copy stays a copy
  std::vector<Uses> uses_;
};

} // namespace

OldValues::OldValues(const KernelProgram& before) {
  for (const Uses& uses : Trace(before).run()) readers_.push_back({uses.of_old_value(), 0});
  for (std::size_t i = 0; i < readers_.size(); ++i)
    for (const auto& update : before.updates)
      if (update.copy_from == before.updates[i].target) ++readers_[i].copies;
}

std::vector<KernelFault> OldValues::check(const KernelProgram& after) const {
  std::vector<KernelFault> faults;
  const std::vector<Uses> uses = Trace(after).run();
  for (std::size_t i = 0; i < std::min(uses.size(), readers_.size()); ++i) {
    const std::size_t now = uses[i].of_old_value();
    if (now >= readers_[i].stages && now <= readers_[i].stages + readers_[i].copies) continue;
    const Buffer& target = after.buffers[after.updates[i].target];
    KernelFault fault{.rule = rule,
                      .message = quote(target.name) + " is read by " +
                                 std::to_string(readers_[i].stages) +
                                 " stages before the update, now by " + std::to_string(now)};
    if (uses[i].writer != SIZE_MAX) fault.kernel = static_cast<std::uint32_t>(uses[i].writer);
    faults.push_back(std::move(fault));
  }
  return faults;
}

} // namespace nnc
