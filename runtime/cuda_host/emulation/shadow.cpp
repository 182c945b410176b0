#include "shadow.h"

#include <algorithm>
#include <new>

namespace nnc::cuda_host {

namespace {

using Kind = Conflict::Kind;
constexpr std::uint16_t several_warps = 0xffff;

bool same_warp(unsigned a, unsigned b) { return a / 32 == b / 32; }

/// Whether what `thread` did in this interval at `clock` is known to the one that accesses.
bool knows(const Moment& moment, unsigned thread, std::uint32_t clock) {
  if (thread == moment.thread) return true;
  return same_warp(thread, moment.thread) && (*moment.known)[thread % 32] >= clock;
}

/// Whether an interval of this launch is another block's.
bool elsewhere(Interval interval, const Moment& moment) {
  return interval >= moment.launch && interval < moment.block;
}

Conflict with_write(const Cell& cell, bool atomic, const Moment& moment) {
  if (cell.write_atomic && atomic) return {};
  const bool unordered =
      elsewhere(cell.written, moment) ||
      (cell.written == moment.now && !knows(moment, cell.write_thread, cell.write_clock));
  if (!unordered) return {};
  return {Kind::write, cell.written, cell.write_thread, 0};
}

Conflict with_reads(const Cell& cell, const Moment& moment) {
  if (cell.read_elsewhere == moment.launch) return {Kind::read, 0, -1, 0};
  if (elsewhere(cell.read, moment)) return {Kind::read, cell.read, -1, 0};
  if (cell.read != moment.now) return {};
  if (cell.read_warp == several_warps) return {Kind::read, cell.read, -1, 0};
  for (unsigned lane = 0; lane < 32; ++lane) {
    const unsigned thread = cell.read_warp * 32U + lane;
    if ((cell.read_lanes >> lane & 1U) && !knows(moment, thread, cell.read_clock))
      return {Kind::read, cell.read, static_cast<int>(thread), 0};
  }
  return {};
}

void record_write(Cell& cell, bool atomic, const Moment& moment) {
  cell.written = moment.now;
  cell.write_clock = moment.clock;
  cell.write_thread = static_cast<std::uint16_t>(moment.thread);
  cell.write_atomic = atomic;
}

void record_read(Cell& cell, const Moment& moment) {
  if (elsewhere(cell.read, moment)) cell.read_elsewhere = moment.launch;
  const std::uint32_t lane = 1U << (moment.thread % 32);
  const auto warp = static_cast<std::uint16_t>(moment.thread / 32);
  bool first = cell.read != moment.now;
  if (!first && cell.read_warp != warp) {
    cell.read_warp = several_warps;
    return;
  }
  // Who knows of all readers until now stands for them: ordered after it is ordered after them.
  if (!first && moment.clock > cell.read_clock) {
    first = true;
    for (unsigned i = 0; i < 32; ++i)
      first = first && (!(cell.read_lanes >> i & 1U) ||
                        knows(moment, cell.read_warp * 32U + i, cell.read_clock));
  }
  cell.read = moment.now;
  cell.read_warp = warp;
  cell.read_lanes = first ? lane : cell.read_lanes | lane;
  cell.read_clock = first ? moment.clock : std::min(cell.read_clock, moment.clock);
}

Conflict access_cell(Cell& cell, Shadow::Access access, const Moment& moment, Interval valid_from) {
  const bool writes = access != Shadow::Access::read;
  const bool reads = !writes || access == Shadow::Access::atomic;
  const bool atomic = access == Shadow::Access::atomic;
  Conflict conflict = with_write(cell, atomic, moment);
  if (writes && conflict.kind == Kind::none) conflict = with_reads(cell, moment);
  if (reads && conflict.kind == Kind::none && cell.written < valid_from)
    conflict.kind = Kind::unwritten;
  if (reads && conflict.kind == Kind::none && cell.on_its_way) conflict.kind = Kind::on_its_way;
  if (writes) {
    record_write(cell, atomic, moment);
    cell.on_its_way = access == Shadow::Access::announced_write;
  } else {
    record_read(cell, moment);
  }
  return conflict;
}

} // namespace

Shadow::Shadow(std::size_t bytes)
    : words_(static_cast<Cell*>(std::calloc(bytes / 4 + 1, sizeof(Cell)))) {
  if (!words_) throw std::bad_alloc();
}

void Shadow::split(Cell& word) {
  std::array<Cell, 4> bytes;
  bytes.fill(word);
  parts_.push_back(bytes);
  word.split = true;
  word.write_clock = static_cast<std::uint32_t>(parts_.size() - 1);
}

template <class Visit>
void Shadow::visit(std::size_t offset, std::size_t bytes, Visit visit) {
  const std::size_t end = offset + bytes;
  while (offset < end) {
    Cell& word = words_[offset / 4];
    const std::size_t next = std::min(end, offset / 4 * 4 + 4);
    if (!word.split && next - offset == 4) {
      visit(word, offset);
    } else {
      if (!word.split) split(word);
      for (std::size_t i = offset; i < next; ++i) visit(parts_[word.write_clock][i % 4], i);
    }
    offset = next;
  }
}

Conflict Shadow::access(std::size_t offset, std::size_t bytes, Access access, const Moment& moment,
                        Interval valid_from) {
  Conflict first;
  visit(offset, bytes, [&](Cell& cell, std::size_t at) {
    Conflict conflict = access_cell(cell, access, moment, valid_from);
    if (first.kind != Kind::none || conflict.kind == Kind::none) return;
    first = conflict;
    first.offset = at;
  });
  return first;
}

void Shadow::mark_written(std::size_t offset, std::size_t bytes) {
  visit(offset, bytes, [](Cell& cell, std::size_t) {
    const bool split = cell.split;
    cell = Cell{};
    cell.split = split;
    cell.written = host_interval;
  });
}

} // namespace nnc::cuda_host
