#include "compiler/lower.h"

#include "compiler/schedule.h"
#include "ir/kernel/rewrite.h"

#include <algorithm>
#include <queue>
#include <set>

namespace nnc {
namespace {

bool contains(const std::vector<std::uint32_t>& list, std::uint32_t item) {
  return std::ranges::find(list, item) != list.end();
}

class Lowering {
public:
  explicit Lowering(KernelProgram program) : program_(std::move(program)) {
    for (const Kernel& kernel : program_.kernels) {
      reads_.push_back(buffers_read(kernel));
      writes_.push_back(buffers_written(kernel));
    }
    next_.resize(program_.kernels.size());
    link_dependences();
  }

  KernelProgram run() {
    for (auto& update : program_.updates)
      if (const auto kernel = writer_in_place(update)) write_in_place(update, *kernel);
    sort_kernels();
    append_copies();
    name_kernels();
    return std::move(program_);
  }

private:
  void link_dependences() {
    std::vector<std::vector<std::size_t>> writers(program_.buffers.size());
    for (std::size_t k = 0; k < writes_.size(); ++k) {
      for (const std::uint32_t buffer : reads_[k])
        for (const std::size_t writer : writers[buffer]) next_[writer].insert(k);
      for (const std::uint32_t buffer : writes_[k]) {
        for (const std::size_t writer : writers[buffer]) next_[writer].insert(k);
        writers[buffer].push_back(k);
      }
    }
    for (const RangeCheck& check : program_.checks)
      for (const std::size_t writer : writers[check.buffer]) checked_by_.push_back(writer);
  }

  bool reaches(std::size_t from, std::size_t to) const {
    std::vector<std::size_t> pending{from};
    std::set<std::size_t> seen;
    while (!pending.empty()) {
      const std::size_t next = pending.back();
      pending.pop_back();
      if (next == to) return true;
      for (const std::size_t user : next_[next])
        if (seen.insert(user).second) pending.push_back(user);
    }
    return false;
  }

  /// The kernel that may write the update's target instead of a buffer of its own.
  std::optional<std::size_t> writer_in_place(const KernelProgram::Update& update) const {
    const Buffer& source = program_.buffers[update.copy_from];
    if (source.role != BufferRole::arena || source.type != program_.buffers[update.target].type)
      return std::nullopt;
    for (const auto& other : program_.updates) // the copies at the end want the old value
      if (other.copy_from == update.target) return std::nullopt;
    std::optional<std::size_t> writer;
    for (std::size_t k = 0; k < writes_.size(); ++k) {
      if (contains(writes_[k], update.target)) return std::nullopt;
      if (!contains(writes_[k], update.copy_from)) continue;
      if (writer) return std::nullopt;
      writer = k;
    }
    if (!writer || !reads_only_own_element(program_.kernels[*writer], update)) return std::nullopt;
    for (std::size_t k = 0; k < reads_.size(); ++k)
      if (k != *writer && contains(reads_[k], update.target) && reaches(*writer, k))
        return std::nullopt;
    for (const std::size_t k : checked_by_)
      if (k == *writer || reaches(*writer, k)) return std::nullopt;
    return writer;
  }

  static bool reads_only_own_element(const Kernel& kernel, const KernelProgram::Update& update) {
    if (kernel.stages.size() != 1 || !kernel.axes.empty()) return false;
    const std::vector<Store>& stores = kernel.stages[0].stores;
    std::vector<Expr> roots;
    const Store* target = nullptr;
    for (const Store& store : stores) {
      if (store.guard.valid() || store.accumulate) return false;
      roots.push_back(store.value);
      if (store.buffer == update.copy_from) target = &store;
    }
    if (!target) return false;
    for (const Expr expr : topological_order(kernel.pool, roots)) {
      const ExprNode& node = kernel.pool.node(expr);
      if (node.op == ScalarOp::load && node.source == update.target &&
          !std::ranges::equal(kernel.pool.index_list(node), target->at))
        return false;
    }
    return true;
  }

  void write_in_place(KernelProgram::Update& update, std::size_t writer) {
    for (std::size_t k = 0; k < reads_.size(); ++k)
      if (k != writer && contains(reads_[k], update.target)) next_[k].insert(writer);
    for (const std::size_t k : checked_by_) next_[k].insert(writer);
    const std::uint32_t old = update.copy_from, target = update.target;
    for (std::size_t k = 0; k < program_.kernels.size(); ++k) {
      if (!contains(reads_[k], old) && !contains(writes_[k], old)) continue;
      rename(program_.kernels[k], old, target);
      std::ranges::replace(reads_[k], old, target);
      std::ranges::replace(writes_[k], old, target);
    }
    for (auto& other : program_.updates)
      if (other.copy_from == old) other.copy_from = target;
  }

  static void rename(Kernel& kernel, std::uint32_t old, std::uint32_t fresh) {
    Rewriter rewriter(kernel.pool, kernel.pool);
    rewriter.on_leaf = [&](const ExprNode& node, std::span<const Index> at, Expr guard) {
      return node.source == old ? kernel.pool.load(fresh, node.dtype, at, guard) : Expr{};
    };
    for (Stage& stage : kernel.stages)
      for (Store& store : stage.stores) {
        store.value = rewriter.expr(store.value);
        if (store.buffer == old) store.buffer = fresh;
      }
  }

  void sort_kernels() {
    std::vector<std::size_t> waiting(next_.size(), 0), position(next_.size(), 0);
    for (const auto& users : next_)
      for (const std::size_t user : users) ++waiting[user];
    std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>> ready;
    for (std::size_t k = 0; k < waiting.size(); ++k)
      if (waiting[k] == 0) ready.push(k);
    std::vector<Kernel> sorted;
    while (!ready.empty()) {
      const std::size_t k = ready.top();
      ready.pop();
      position[k] = sorted.size();
      sorted.push_back(std::move(program_.kernels[k]));
      for (const std::size_t user : next_[k])
        if (--waiting[user] == 0) ready.push(user);
    }
    if (sorted.size() != program_.kernels.size())
      throw InternalError("lower: updates in place wait for each other");
    program_.kernels = std::move(sorted);
    for (RangeCheck& check : program_.checks) check.before_kernel = 0;
    for (std::size_t k = 0; k < program_.kernels.size(); ++k)
      for (const std::uint32_t buffer : buffers_written(program_.kernels[k]))
        for (RangeCheck& check : program_.checks)
          if (check.buffer == buffer) check.before_kernel = static_cast<std::uint32_t>(k + 1);
  }

  /// Updates not in place. A source that is itself updated is put aside first.
  void append_copies() {
    std::set<std::uint32_t> targets;
    for (const auto& update : program_.updates) targets.insert(update.target);
    std::vector<Kernel> aside, copies;
    for (auto& update : program_.updates) {
      if (update.copy_from == update.target) continue;
      std::uint32_t from = update.copy_from;
      if (targets.contains(from)) {
        Buffer temporary = program_.buffers[from];
        temporary.role = BufferRole::arena;
        temporary.name += ".old";
        program_.buffers.push_back(std::move(temporary));
        const auto saved = static_cast<std::uint32_t>(program_.buffers.size() - 1);
        aside.push_back(copy_kernel(program_.buffers, from, saved));
        from = saved;
      }
      copies.push_back(copy_kernel(program_.buffers, from, update.target));
      update.copy_from = update.target;
    }
    for (Kernel& kernel : aside) program_.kernels.push_back(std::move(kernel));
    for (Kernel& kernel : copies) program_.kernels.push_back(std::move(kernel));
  }

  void name_kernels() {
    for (std::size_t k = 0; k < program_.kernels.size(); ++k)
      program_.kernels[k].name = program_.name + "_" + std::to_string(k);
  }

  KernelProgram program_;
  std::vector<std::vector<std::uint32_t>> reads_, writes_;
  std::vector<std::set<std::size_t>> next_;
  std::vector<std::size_t> checked_by_; ///< kernels that compute indices
};

} // namespace

Kernel copy_kernel(std::span<const Buffer> buffers, std::uint32_t from, std::uint32_t to) {
  Kernel kernel;
  kernel.origin = buffers[from].origin;
  Stage stage;
  Store store{.buffer = to};
  for (const std::int64_t extent : buffers[from].type.shape) {
    stage.axes.push_back(
        kernel.pool.indices().new_axis(extent, "i" + std::to_string(stage.axes.size())));
    store.at.push_back(kernel.pool.indices().of(stage.axes.back()));
  }
  stage.serial.assign(stage.axes.size(), false);
  store.value = kernel.pool.load(from, buffers[from].type.dtype, store.at);
  stage.stores.push_back(std::move(store));
  kernel.stages.push_back(std::move(stage));
  return kernel;
}

KernelProgram lower(KernelProgram program) {
  return schedule(Lowering(std::move(program)).run()); // copies have forms too
}

} // namespace nnc
