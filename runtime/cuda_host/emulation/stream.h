// The seed of launches.
#pragma once

#include <cstdint>

namespace nnc::cuda_host {

/// Of all launches until it is changed: each runs its blocks and threads in the same order again.
std::uint64_t& launch_seed();

} // namespace nnc::cuda_host
