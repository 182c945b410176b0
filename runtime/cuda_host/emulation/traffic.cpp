#include "traffic.h"

#include <algorithm>

namespace nnc::cuda_host {

namespace {

constexpr std::uintptr_t none = 0; ///< the address of a lane that takes no part
using Addresses = std::array<std::uintptr_t, 32>;

unsigned lanes_in(const Addresses& addresses) {
  return static_cast<unsigned>(
      std::count_if(addresses.begin(), addresses.end(), [](auto each) { return each != none; }));
}

/// Different values of `unit(address)`, for each unit of `width` bytes that the lanes touch.
unsigned different_units(const Addresses& addresses, unsigned begin, unsigned end, unsigned bytes,
                         unsigned width, std::array<std::uintptr_t, 128>& units) {
  unsigned count = 0;
  for (unsigned lane = begin; lane < end; ++lane) {
    if (addresses[lane] == none) continue;
    const std::uintptr_t last = (addresses[lane] + bytes - 1) / width;
    for (std::uintptr_t unit = addresses[lane] / width; unit <= last; ++unit) {
      const auto known = units.begin() + count;
      if (std::find(units.begin(), known, unit) == known) units[count++] = unit;
    }
  }
  return count;
}

/// Passes over the banks for some lanes: the most different words that one bank has.
unsigned wavefronts_of(const Addresses& addresses, unsigned begin, unsigned end, unsigned bytes) {
  std::array<std::uintptr_t, 128> words;
  const unsigned count = different_units(addresses, begin, end, bytes, 4, words);
  std::array<unsigned, 32> in_bank{};
  for (unsigned i = 0; i < count; ++i) ++in_bank[words[i] % 32];
  return *std::max_element(in_bank.begin(), in_bank.end());
}

void count_global(GlobalTraffic& traffic, const Addresses& addresses, unsigned bytes) {
  std::array<std::uintptr_t, 128> sectors;
  ++traffic.requests;
  traffic.bytes += lanes_in(addresses) * bytes;
  traffic.sectors += different_units(addresses, 0, 32, bytes, 32, sectors);
  if (bytes == 16) ++traffic.wide;
}

void count_shared(SharedTraffic& traffic, const Addresses& addresses, unsigned bytes) {
  ++traffic.requests;
  traffic.bytes += lanes_in(addresses) * bytes;
  if (bytes == 16) ++traffic.wide;
  const unsigned lanes = bytes <= 4 ? 32 : 128 / bytes; // that go at once
  for (unsigned begin = 0; begin < 32; begin += lanes) {
    const unsigned passes = wavefronts_of(addresses, begin, begin + lanes, bytes);
    traffic.wavefronts += passes;
    traffic.conflicts += passes > 0 ? passes - 1 : 0;
  }
}

void count_request(Counters& counters, const LaneAccess& access, const Addresses& addresses) {
  if (access.shared)
    count_shared(access.write ? counters.shared_stores : counters.shared_loads, addresses,
                 access.bytes);
  else
    count_global(access.write ? counters.global_stores : counters.global_loads, addresses,
                 access.bytes);
}

} // namespace

void WarpTraffic::add(const LaneAccess& access) {
  const std::uintptr_t key = access.code * 4 + (access.shared ? 2 : 0) + (access.write ? 1 : 0);
  const auto [at, fresh] = index_.try_emplace(key, instructions_.size());
  if (fresh) instructions_.push_back({access, {}});
  instructions_[at->second].addresses[access.lane].push_back(access.address);
}

void WarpTraffic::count(Counters& counters) {
  for (Instruction& instruction : instructions_) {
    std::size_t times = 0;
    for (const auto& of_lane : instruction.addresses) times = std::max(times, of_lane.size());
    for (std::size_t time = 0; time < times; ++time) {
      Addresses addresses{};
      for (unsigned lane = 0; lane < 32; ++lane)
        if (time < instruction.addresses[lane].size())
          addresses[lane] = instruction.addresses[lane][time];
      count_request(counters, instruction.first, addresses);
    }
    for (auto& of_lane : instruction.addresses) of_lane.clear();
  }
}

} // namespace nnc::cuda_host
