#include "compiler/lower.h"

#include "compiler/lower/clears.h"
#include "compiler/lower/copies.h"
#include "compiler/schedule/forms.h"
#include "ir/kernel/kernel_list.h"
#include "ir/kernel/regions.h"
#include "ir/kernel/relocate.h"

#include <algorithm>
#include <queue>
#include <set>

namespace nnc {
namespace {

bool contains(const std::vector<std::uint32_t>& list, std::uint32_t item) {
  return std::ranges::find(list, item) != list.end();
}

/// Orders units: kernels, and regions with all that is in them.
class Lowering {
public:
  explicit Lowering(KernelProgram program) : program_(std::move(program)), units_(units(program_)) {
    for (const Unit& unit : units_) {
      reads_.push_back(buffers_read(program_, unit));
      writes_.push_back(buffers_written(program_, unit));
    }
    next_.resize(units_.size());
    link_dependences();
  }

  KernelProgram run() {
    for (auto& update : program_.updates)
      if (const auto unit = writer_in_place(update)) write_in_place(update, *unit);
    sort_units();
    append_copies();
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
      if (check.region == Region::none)
        for (const std::size_t writer : writers[check.buffer]) checked_by_.push_back(writer);
    for (std::size_t u = 0; u < units_.size(); ++u)
      if (std::ranges::any_of(program_.checks, [&](const RangeCheck& c) { return in_unit(c, u); }))
        checked_by_.push_back(u);
  }

  bool in_unit(const RangeCheck& check, std::size_t u) const {
    return check.region != Region::none && units_[u].region != Region::none &&
           check.region >= units_[u].region && check.region < units_[u].next_region;
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

  /// The unit, a kernel, that may write the update's target instead of a buffer of its own.
  std::optional<std::size_t> writer_in_place(const KernelProgram::Update& update) const {
    const Buffer& source = program_.buffers[update.copy_from];
    if (source.role != BufferRole::arena || source.type != program_.buffers[update.target].type)
      return std::nullopt;
    for (const auto& other : program_.updates) // the copies at the end want the old value
      if (other.copy_from == update.target) return std::nullopt;
    for (const RangeCheck& check : program_.checks) // of the old value, which is an index
      if (check.buffer == update.target) return std::nullopt;
    std::optional<std::size_t> writer;
    for (std::size_t k = 0; k < writes_.size(); ++k) {
      if (contains(writes_[k], update.target)) return std::nullopt;
      if (!contains(writes_[k], update.copy_from)) continue;
      if (writer) return std::nullopt;
      writer = k;
    }
    if (!writer || units_[*writer].region != Region::none ||
        !reads_only_own_element(program_.kernels[units_[*writer].first], update))
      return std::nullopt;
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
    for (std::size_t u = 0; u < units_.size(); ++u) {
      if (!contains(reads_[u], old) && !contains(writes_[u], old)) continue;
      rename_buffer(program_, units_[u], old, target);
      std::ranges::replace(reads_[u], old, target);
      std::ranges::replace(writes_[u], old, target);
    }
    for (auto& other : program_.updates)
      if (other.copy_from == old) other.copy_from = target;
  }

  /// Units in an order in which each comes after those that it waits for.
  std::vector<std::size_t> order() const {
    std::vector<std::size_t> waiting(next_.size(), 0), found;
    for (const auto& users : next_)
      for (const std::size_t user : users) ++waiting[user];
    std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>> ready;
    for (std::size_t u = 0; u < waiting.size(); ++u)
      if (waiting[u] == 0) ready.push(u);
    while (!ready.empty()) {
      found.push_back(ready.top());
      ready.pop();
      for (const std::size_t user : next_[found.back()])
        if (--waiting[user] == 0) ready.push(user);
    }
    if (found.size() != units_.size())
      throw InternalError("lower: updates in place wait for each other");
    return found;
  }

  void sort_units() {
    std::vector<Kernel> kernels;
    kernels.reserve(program_.kernels.size()); // a vector that grows copies kernels
    std::vector<Region> regions;
    std::vector<RangeCheck> checks = program_.checks;
    for (const std::size_t u : order()) {
      const Unit& unit = units_[u];
      const auto moved = [&](std::uint32_t k) {
        return k - unit.first + static_cast<std::uint32_t>(kernels.size());
      };
      for (std::size_t c = 0; c < checks.size(); ++c) {
        if (!in_unit(program_.checks[c], u)) continue;
        checks[c].before_kernel = moved(checks[c].before_kernel);
        checks[c].region += static_cast<std::uint32_t>(regions.size()) - unit.region;
      }
      for (std::uint32_t r = unit.region; r < unit.next_region; ++r) { // none: begins past the end
        Region region = program_.regions[r];
        region.first = moved(region.first);
        region.middle = moved(region.middle);
        region.last = moved(region.last);
        regions.push_back(region);
      }
      for (std::uint32_t k = unit.first; k < unit.last; ++k)
        kernels.push_back(std::move(program_.kernels[k]));
    }
    program_.kernels = std::move(kernels);
    program_.regions = std::move(regions);
    program_.checks = std::move(checks);
    place_checks(program_);
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
    program_.kernels.reserve(program_.kernels.size() + aside.size() + copies.size());
    for (Kernel& kernel : aside) program_.kernels.push_back(std::move(kernel));
    for (Kernel& kernel : copies) program_.kernels.push_back(std::move(kernel));
  }

  KernelProgram program_;
  const std::vector<Unit> units_;
  std::vector<std::vector<std::uint32_t>> reads_, writes_; ///< by unit, as all below
  std::vector<std::set<std::size_t>> next_;
  std::vector<std::size_t> checked_by_; ///< compute or check indices
};

} // namespace

KernelProgram settle_updates(KernelProgram program) { return Lowering(std::move(program)).run(); }

KernelProgram lower(KernelProgram program) {
  program = settle_updates(drop_clears(drop_copies(std::move(program))));
  name_kernels(program);
  set_forms(program); // copies have forms too
  return program;
}

} // namespace nnc
