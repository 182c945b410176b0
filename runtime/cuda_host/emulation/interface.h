// What a program that loads a compiled CUDA source asks of the emulation in it.
//
// The library is the source, compiled against runtime/cuda_host and linked with the emulation, by
// the commands of commands.h. A program opens it (dlopen with RTLD_LOCAL) and calls
// `nnc_cuda_host`, found by dlsym, for the functions below; the runtime's own functions
// (cudaMalloc, cudaMemcpyAsync as `nnc_cuda_host()->copy`, ...) are there too.
//
// Compiled with sanitizers the library is *checked*. It then reports, one line each, the kernel,
// block, thread, the address as a buffer and an offset, and what is wrong:
// - race: two threads at one place, one of them writing, with no barrier between; threads of two
//   blocks of one launch likewise. Atomics among themselves are none.
// - out of bounds: outside of every buffer and of shared memory, freed memory, an index past an
//   array.
// - misaligned: an access at no multiple of its size.
// - uninitialised: a read of what nobody has written.
//
// and it counts what goes to memory, as Counters says. Checked or not:
// - divergence: threads of a block or lanes of a mask that wait at different places, or returned.
// - mask: a lane that is not in its mask; a value taken from a lane that gives none.
// - configuration: blocks, grids or shared memory that no device takes.
//
// An access out of bounds or misaligned ends its launch, with the error that a device gives.
//
// Not seen: an overflow into another array of shared memory by a pointer (by an index it is), into
// another part of one allocation, and races that the atomics of a source order.
#pragma once

#include <cstddef>
#include <cstdint>

namespace nnc::cuda_host {

enum class Fault : int {
  race,
  out_of_bounds,
  misaligned,
  uninitialised,
  divergence,
  mask,
  configuration,
};

struct Report {
  Fault fault;
  const char* text; ///< until the next reset
};

/// Accesses to global memory, by warps: lanes that run the same instruction for the same time count
/// as one request.
struct GlobalTraffic {
  std::uint64_t requests, bytes;
  std::uint64_t sectors; ///< of 32 bytes; bytes / 32 where no lane reads in vain or twice
  std::uint64_t wide;    ///< requests of 16 bytes a lane
};
/// Accesses to shared memory, in 32 banks of 4 bytes; 8 and 16 bytes go by halves and quarters of a
/// warp.
struct SharedTraffic {
  std::uint64_t requests, bytes;
  std::uint64_t wavefronts; ///< passes over the banks
  std::uint64_t conflicts;  ///< passes more than the width of the access needs
  std::uint64_t wide;       ///< requests of 16 bytes a lane
};
struct Counters {
  std::uint64_t launches, blocks, threads;
  std::uint64_t barriers;  ///< of blocks
  std::uint64_t exchanges; ///< between the lanes of a warp, products and matrix loads included
  std::uint64_t products;  ///< of fragments on tensor cores
  std::uint64_t atomics;   ///< of threads
  // Counted by checked libraries alone.
  GlobalTraffic global_loads, global_stores;
  SharedTraffic shared_loads, shared_stores;
};

struct Interface {
  /// The order in which threads and blocks run follows from it; 1 until then.
  void (*set_seed)(std::uint64_t seed);
  /// Whether checks run, which they do from the start; false for a library that is not checked.
  bool (*set_checks)(bool on);
  /// What reports call the buffer at a device address.
  void (*name_buffer)(const void* buffer, const char* name);
  std::size_t (*report_count)();
  Report (*report)(std::size_t index);
  /// Of one kernel by its name without parameters, of all where null.
  Counters (*counters)(const char* kernel);
  /// Forgets reports, counters and the last error.
  void (*reset)();
  int (*copy)(void* to, const void* from, std::size_t bytes); ///< cudaMemcpy
};

} // namespace nnc::cuda_host

extern "C" const nnc::cuda_host::Interface* nnc_cuda_host();
