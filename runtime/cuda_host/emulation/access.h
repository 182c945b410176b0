// Every access to memory of a watched launch: where it goes, what it costs, what it races with.
#pragma once

#include "shadow.h"

#include <cstddef>
#include <cstdint>

namespace nnc::cuda_host {

/// What to look at: the end of an asynchronous copy was located and counted when it was asked for.
enum class Watch : std::uint8_t { all, order };

/// Does nothing without a watched launch. `code` is the instruction.
void watch(const void* address, std::size_t bytes, Shadow::Access access, std::uintptr_t code,
           Watch what = Watch::all);

} // namespace nnc::cuda_host
