// Who last wrote and read each place of a memory, and whether a new access is ordered after them.
//
// Time is counted in intervals: one begins with each block and behind each barrier of a block, so
// two accesses of a block in different intervals are ordered. Within an interval a thread knows of
// a lane of its own warp up to a clock, which barriers of the warp advance. Blocks of a launch are
// never ordered, launches always are. A place is a word of 4 bytes, or a byte once a part of the
// word was accessed alone.
#pragma once

#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

namespace nnc::cuda_host {

using Interval = std::uint32_t;
/// What the host writes is written before all launches; 0 is never.
constexpr Interval host_interval = 1;

/// The thread that accesses, and when.
struct Moment {
  Interval launch, block, now; ///< when the launch, the block and this interval began
  unsigned thread;             ///< within its block
  std::uint32_t clock;
  const std::array<std::uint32_t, 32>* known; ///< the clocks of its warp's lanes that it knows
};

/// What was accessed before without being ordered, or a read of what is not written, or not yet.
struct Conflict {
  enum class Kind : std::uint8_t { none, write, read, unwritten, on_its_way } kind = Kind::none;
  Interval interval = 0;
  int thread = -1;        ///< -1 where it is one of several
  std::size_t offset = 0; ///< of the place
};

struct Cell {
  Interval written, read, read_elsewhere; ///< of the last; by another block, the launch of it
  std::uint32_t write_clock, read_clock;
  std::uint32_t read_lanes; ///< of one warp
  std::uint16_t write_thread, read_warp;
  bool write_atomic;
  bool on_its_way; ///< what was written last comes later, by an asynchronous copy
  bool split;
};

class Shadow {
public:
  explicit Shadow(std::size_t bytes);

  /// A write that is only announced must be followed by one of the same thread.
  enum class Access : std::uint8_t { read, write, atomic, announced_write };
  /// Records an access, and says what it conflicts with. What was written before `valid_from` is
  /// as if it were not written.
  Conflict access(std::size_t offset, std::size_t bytes, Access access, const Moment& moment,
                  Interval valid_from);
  void mark_written(std::size_t offset, std::size_t bytes);

private:
  /// Calls `visit(place, offset)` for each place of the bytes.
  template <class Visit>
  void visit(std::size_t offset, std::size_t bytes, Visit visit);
  void split(Cell& word);

  struct Free {
    void operator()(Cell* words) const { std::free(words); }
  };
  std::unique_ptr<Cell[], Free> words_;    ///< zeros, untouched until used
  std::vector<std::array<Cell, 4>> parts_; ///< of split words, whose write_clock is an index here
};

} // namespace nnc::cuda_host
