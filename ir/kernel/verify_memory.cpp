#include "ir/kernel/verify_memory.h"

#include "ir/kernel/regions.h"
#include "ir/kernel/runs.h"
#include "ir/messages.h"

#include <algorithm>
#include <map>
#include <set>

namespace nnc {
namespace {

/// What a kernel reads before it has written it itself. A serial loop or a run may read what it
/// wrote.
std::set<std::uint32_t> needed(const Kernel& kernel) {
  std::set<std::uint32_t> found, written;
  for (const Stage& stage : kernel.stages) {
    std::set<std::uint32_t> own;
    const bool serial = std::ranges::find(stage.serial, true) != stage.serial.end();
    for (const Store& store : stage.stores)
      if ((serial && !store.accumulate) || begins_with_each_run(kernel, store))
        own.insert(store.buffer);
    const auto need = [&](std::uint32_t buffer) {
      if (buffer < local_buffer && !written.contains(buffer) && !own.contains(buffer))
        found.insert(buffer);
    };
    for (const Expr expr : topological_order(kernel.pool, stage_roots(kernel.pool, stage)))
      if (const ExprNode& node = kernel.pool.node(expr); node.op == ScalarOp::load)
        need(node.source);
    for (const Store& store : stage.stores) {
      if (store.accumulate) need(store.buffer);
      written.insert(store.buffer);
    }
  }
  return found;
}

class MemoryWalk {
public:
  MemoryWalk(const KernelProgram& program, std::size_t limit) : program_(program), limit_(limit) {
    for (const Kernel& kernel : program.kernels) needed_.push_back(needed(kernel));
  }

  std::vector<KernelFault> run() {
    walk(units(program_), true);
    return std::move(faults_);
  }

private:
  struct Piece {
    std::int64_t end = 0;
    std::uint32_t owner = 0;
  };

  bool placed(std::uint32_t b) const {
    const Buffer& buffer = program_.buffers[b];
    return buffer.role == BufferRole::arena && buffer.offset >= 0 && buffer.type.bytes() > 0;
  }

  void write(std::uint32_t b) {
    if (b == Region::none || !placed(b)) return;
    const std::int64_t begin = program_.buffers[b].offset;
    const std::int64_t end = begin + program_.buffers[b].type.bytes();
    auto piece = pieces_.lower_bound(begin);
    if (piece != pieces_.begin() && std::prev(piece)->second.end > begin) {
      Piece& before = std::prev(piece)->second;
      if (before.end > end) piece = pieces_.emplace(end, before).first;
      before.end = begin;
    }
    while (piece != pieces_.end() && piece->first < end) {
      if (piece->second.end > end) pieces_.emplace(end, piece->second);
      piece = pieces_.erase(piece);
    }
    pieces_[begin] = {end, b};
  }

  void read(std::uint32_t b, std::uint32_t kernel) {
    if (b == Region::none || !placed(b) || faults_.size() >= limit_) return;
    const auto piece = pieces_.find(program_.buffers[b].offset);
    const std::int64_t end = program_.buffers[b].offset + program_.buffers[b].type.bytes();
    if (piece != pieces_.end() && piece->second.owner == b && piece->second.end == end) return;
    if (!reported_.insert(b).second) return;
    faults_.push_back({.rule = {},
                       .message = quote(program_.buffers[b].name) +
                                  " is read when its memory holds something else",
                       .kernel = kernel});
  }

  /// `twice`: loops begin again; what inner loops do then has been seen.
  void walk(const std::vector<Unit>& sequence, bool twice) {
    for (const Unit& unit : sequence) {
      if (unit.region != Region::none) {
        walk_region(unit.region, twice);
        continue;
      }
      for (const std::uint32_t buffer : needed_[unit.first]) read(buffer, unit.first);
      for (const std::uint32_t buffer : buffers_written(program_.kernels[unit.first]))
        write(buffer);
    }
  }

  /// Recursion follows nested regions. Both sides of a branch are walked: what one leaves alone is
  /// there for the other and after it.
  void walk_region(std::uint32_t r, bool twice) {
    const Region& region = program_.regions[r];
    const bool loop = region.kind == Region::Kind::loop;
    read(region.count, region.first);
    if (!loop) read(region.condition, region.first);
    for (int pass = 0; pass < (loop && twice ? 2 : 1); ++pass) {
      walk(units_of_part(program_, r, region.first, region.middle), twice && pass == 0);
      if (loop) {
        read(region.condition, region.first);
        write(region.counter);
      }
      walk(units_of_part(program_, r, region.middle, region.last), twice && pass == 0);
    }
    write(region.steps);
  }

  const KernelProgram& program_;
  const std::size_t limit_;
  std::vector<std::set<std::uint32_t>> needed_;
  std::map<std::int64_t, Piece> pieces_; ///< by offset, apart from each other
  std::set<std::uint32_t> reported_;
  std::vector<KernelFault> faults_;
};

} // namespace

std::vector<KernelFault> memory_faults(const KernelProgram& program, std::size_t limit) {
  return MemoryWalk(program, limit).run();
}

} // namespace nnc
