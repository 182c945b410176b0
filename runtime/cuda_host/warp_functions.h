// Barriers, exchanges between the lanes of a warp, atomics on integers.
//
// Each takes the place of its call, so that a report can say where a thread waits. The lanes of a
// mask wait for one another; what they exchange is seen at once, other memory only after
// __syncwarp or __syncthreads, as CUDA says. Threads that have returned are not waited for.
#pragma once

#include "vector_types.h"

#include <cstdint>
#include <cstring>
#include <type_traits>

namespace nnc::cuda_host {

/// A call in a source.
struct Place {
  const char* file;
  int line;
};

enum class Exchange : std::uint8_t { indexed, up, down, across };
enum class Count : std::uint8_t { none, sum, all, any };

/// Waits for the block; the number of threads for which `holds`, or whether all, or any.
int block_barrier(Count count, bool holds, Place place);
void warp_barrier(unsigned mask, Place place);
/// The value of another lane of the mask, by CUDA's rules for `operand` and `width`.
std::uint64_t exchange(unsigned mask, std::uint64_t value, Exchange kind, unsigned operand,
                       int width, Place place);
unsigned ballot(unsigned mask, bool holds, Place place);
unsigned active_mask();

template <class T>
T exchange_as(unsigned mask, T value, Exchange kind, unsigned operand, int width, Place place) {
  static_assert(std::is_trivially_copyable_v<T> && (sizeof(T) == 4 || sizeof(T) == 8));
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof(T));
  bits = exchange(mask, bits, kind, operand, width, place);
  std::memcpy(&value, &bits, sizeof(T));
  return value;
}

/// The bits at an address that is then written by atomic_store, with no other thread in between.
std::uint64_t atomic_load(const void* address, std::size_t bytes, Place place);
void atomic_store(void* address, std::size_t bytes, std::uint64_t bits);

template <class T, class Combine>
T atomic_update(T* address, Place place, Combine combine) {
  static_assert(std::is_integral_v<T> && (sizeof(T) == 4 || sizeof(T) == 8));
  const T old = static_cast<T>(atomic_load(address, sizeof(T), place));
  atomic_store(address, sizeof(T), static_cast<std::uint64_t>(combine(old)));
  return old;
}

} // namespace nnc::cuda_host

#define NNC_CUDA_HOST_HERE int line = __builtin_LINE(), const char *file = __builtin_FILE()
#define NNC_CUDA_HOST_PLACE                                                                        \
  nnc::cuda_host::Place { file, line }

inline void __syncthreads(NNC_CUDA_HOST_HERE) {
  nnc::cuda_host::block_barrier(nnc::cuda_host::Count::none, false, NNC_CUDA_HOST_PLACE);
}
inline int __syncthreads_count(int holds, NNC_CUDA_HOST_HERE) {
  return nnc::cuda_host::block_barrier(nnc::cuda_host::Count::sum, holds != 0, NNC_CUDA_HOST_PLACE);
}
inline int __syncthreads_and(int holds, NNC_CUDA_HOST_HERE) {
  return nnc::cuda_host::block_barrier(nnc::cuda_host::Count::all, holds != 0, NNC_CUDA_HOST_PLACE);
}
inline int __syncthreads_or(int holds, NNC_CUDA_HOST_HERE) {
  return nnc::cuda_host::block_barrier(nnc::cuda_host::Count::any, holds != 0, NNC_CUDA_HOST_PLACE);
}
inline void __syncwarp(unsigned mask = 0xffffffffU, NNC_CUDA_HOST_HERE) {
  nnc::cuda_host::warp_barrier(mask, NNC_CUDA_HOST_PLACE);
}

template <class T>
T __shfl_sync(unsigned mask, T value, int lane, int width = 32, NNC_CUDA_HOST_HERE) {
  return nnc::cuda_host::exchange_as(mask, value, nnc::cuda_host::Exchange::indexed,
                                     static_cast<unsigned>(lane), width, NNC_CUDA_HOST_PLACE);
}
template <class T>
T __shfl_up_sync(unsigned mask, T value, unsigned delta, int width = 32, NNC_CUDA_HOST_HERE) {
  return nnc::cuda_host::exchange_as(mask, value, nnc::cuda_host::Exchange::up, delta, width,
                                     NNC_CUDA_HOST_PLACE);
}
template <class T>
T __shfl_down_sync(unsigned mask, T value, unsigned delta, int width = 32, NNC_CUDA_HOST_HERE) {
  return nnc::cuda_host::exchange_as(mask, value, nnc::cuda_host::Exchange::down, delta, width,
                                     NNC_CUDA_HOST_PLACE);
}
template <class T>
T __shfl_xor_sync(unsigned mask, T value, int lanes, int width = 32, NNC_CUDA_HOST_HERE) {
  return nnc::cuda_host::exchange_as(mask, value, nnc::cuda_host::Exchange::across,
                                     static_cast<unsigned>(lanes), width, NNC_CUDA_HOST_PLACE);
}

inline unsigned __ballot_sync(unsigned mask, int holds, NNC_CUDA_HOST_HERE) {
  return nnc::cuda_host::ballot(mask, holds != 0, NNC_CUDA_HOST_PLACE);
}
inline int __any_sync(unsigned mask, int holds, NNC_CUDA_HOST_HERE) {
  return nnc::cuda_host::ballot(mask, holds != 0, NNC_CUDA_HOST_PLACE) != 0;
}
inline int __all_sync(unsigned mask, int holds, NNC_CUDA_HOST_HERE) {
  return nnc::cuda_host::ballot(mask, holds == 0, NNC_CUDA_HOST_PLACE) == 0;
}
/// The lanes of the warp that have not returned.
inline unsigned __activemask() { return nnc::cuda_host::active_mask(); }

inline void __threadfence() {}
inline void __threadfence_block() {}

#define NNC_CUDA_HOST_ATOMIC(name, result)                                                         \
  template <class T>                                                                               \
  T name(T* address, std::common_type_t<T> value, NNC_CUDA_HOST_HERE) {                            \
    using Unsigned [[maybe_unused]] = std::make_unsigned_t<T>; /* wraps, as on a device */         \
    return nnc::cuda_host::atomic_update(address, NNC_CUDA_HOST_PLACE,                             \
                                         [value]([[maybe_unused]] T old) { return T(result); });   \
  }
NNC_CUDA_HOST_ATOMIC(atomicAdd, Unsigned(old) + Unsigned(value))
NNC_CUDA_HOST_ATOMIC(atomicSub, Unsigned(old) - Unsigned(value))
NNC_CUDA_HOST_ATOMIC(atomicMin, old < value ? old : value)
NNC_CUDA_HOST_ATOMIC(atomicMax, old > value ? old : value)
NNC_CUDA_HOST_ATOMIC(atomicAnd, old& value)
NNC_CUDA_HOST_ATOMIC(atomicOr, old | value)
NNC_CUDA_HOST_ATOMIC(atomicXor, old ^ value)
NNC_CUDA_HOST_ATOMIC(atomicExch, value)
template <class T>
T atomicCAS(T* address, std::common_type_t<T> expected, std::common_type_t<T> value,
            NNC_CUDA_HOST_HERE) {
  return nnc::cuda_host::atomic_update(address, NNC_CUDA_HOST_PLACE, [expected, value](T old) {
    return old == expected ? value : old;
  });
}

#undef NNC_CUDA_HOST_ATOMIC
#undef NNC_CUDA_HOST_HERE
#undef NNC_CUDA_HOST_PLACE
