// Accesses of one warp between two barriers, put together to the requests that a device makes.
#pragma once

#include "interface.h"

#include <array>
#include <cstdint>
#include <unordered_map>
#include <vector>

namespace nnc::cuda_host {

/// One access of a lane.
struct LaneAccess {
  std::uintptr_t code; ///< the instruction
  std::uintptr_t address;
  unsigned lane;
  std::uint8_t bytes;
  bool shared, write;
};

class WarpTraffic {
public:
  void add(const LaneAccess& access);
  /// Counts what was added and forgets it. The n-th time that a lane ran an instruction belongs to
  /// the n-th time of the other lanes.
  void count(Counters& counters);

private:
  struct Instruction {
    LaneAccess first;
    std::array<std::vector<std::uintptr_t>, 32> addresses; ///< of each lane, in order
  };
  std::unordered_map<std::uintptr_t, std::size_t> index_; ///< by code
  std::vector<Instruction> instructions_;
};

} // namespace nnc::cuda_host
