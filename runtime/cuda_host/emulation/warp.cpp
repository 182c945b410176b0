// Values that lanes give one another, and atomics.
#include "access.h"
#include "execution.h"

#include <cstring>

namespace nnc::cuda_host {

namespace {

struct Shuffle {
  std::uint64_t value;
  Exchange kind;
  unsigned operand, width;
  std::uint64_t result;
  int missing; ///< the lane that gives no value, or -1
};

/// The lane whose value a lane takes, by CUDA's rules.
unsigned source_lane(unsigned lane, const Shuffle& shuffle) {
  const unsigned begin = lane & ~(shuffle.width - 1), end = begin + shuffle.width;
  switch (shuffle.kind) {
  case Exchange::indexed:
    return begin + (shuffle.operand & (shuffle.width - 1));
  case Exchange::up:
    return lane < begin + shuffle.operand ? lane : lane - shuffle.operand;
  case Exchange::down:
    return shuffle.operand >= end - lane ? lane : lane + shuffle.operand;
  case Exchange::across:
    break;
  }
  const unsigned other = lane ^ shuffle.operand;
  return other >= end ? lane : other;
}

void shuffle_together(const std::array<void*, 32>& payloads) {
  for (unsigned lane = 0; lane < 32; ++lane) {
    auto* shuffle = static_cast<Shuffle*>(payloads[lane]);
    if (!shuffle) continue;
    const unsigned source = source_lane(lane, *shuffle);
    const auto* giver = static_cast<const Shuffle*>(payloads[source]);
    shuffle->result = giver ? giver->value : ~std::uint64_t{0};
    shuffle->missing = giver ? -1 : static_cast<int>(source);
  }
}

struct Vote {
  bool holds;
  unsigned result;
};

void vote_together(const std::array<void*, 32>& payloads) {
  unsigned lanes = 0;
  for (unsigned lane = 0; lane < 32; ++lane)
    if (const auto* vote = static_cast<const Vote*>(payloads[lane]))
      lanes |= static_cast<unsigned>(vote->holds) << lane;
  for (void* payload : payloads)
    if (payload) static_cast<Vote*>(payload)->result = lanes;
}

constexpr std::array exchange_names = {"__shfl_sync", "__shfl_up_sync", "__shfl_down_sync",
                                       "__shfl_xor_sync"};

} // namespace

std::uint64_t exchange(unsigned mask, std::uint64_t value, Exchange kind, unsigned operand,
                       int width, Place place) {
  Execution& execution = *running();
  const char* name = exchange_names[static_cast<std::size_t>(kind)];
  Shuffle shuffle{value, kind, operand, static_cast<unsigned>(width), 0, -1};
  const bool power_of_two = width > 0 && width <= 32 && (width & (width - 1)) == 0;
  if (!power_of_two) {
    execution.report(
        Fault::mask, static_cast<std::uintptr_t>(place.line),
        text(name, " (", text_of(place), "): a width of ", width, " is no power of two up to 32"));
    execution.abandon(cudaErrorLaunchFailure);
  }
  execution.exchange(mask, name, shuffle_together, &shuffle, place);
  if (shuffle.missing >= 0)
    execution.report(Fault::mask, static_cast<std::uintptr_t>(place.line),
                     text(name, " (", text_of(place), "): takes the value of lane ",
                          shuffle.missing, ", which gives none"));
  return shuffle.result;
}

unsigned ballot(unsigned mask, bool holds, Place place) {
  Vote vote{holds, 0};
  running()->exchange(mask, "a vote", vote_together, &vote, place);
  return vote.result;
}

std::uint64_t atomic_load(const void* address, std::size_t bytes, Place place) {
  ++running()->counters().atomics;
  watch(address, bytes, Shadow::Access::atomic, static_cast<std::uintptr_t>(place.line));
  std::uint64_t bits = 0;
  std::memcpy(&bits, address, bytes);
  return bits;
}

void atomic_store(void* address, std::size_t bytes, std::uint64_t bits) {
  std::memcpy(address, &bits, bytes);
}

} // namespace nnc::cuda_host
