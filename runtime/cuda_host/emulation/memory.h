// Device memory: allocations in one range of addresses, none of which is given out twice, with what
// the checks know of each word.
#pragma once

#include "../cuda_runtime_api.h"
#include "shadow.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace nnc::cuda_host {

struct Allocation {
  std::uintptr_t begin;
  std::size_t size;
  std::string name;
  bool freed = false;
  /// Kernels have written without being watched, so that any byte may have a value.
  bool assume_written = false;
  std::unique_ptr<Shadow> shadow; ///< null until a check needs it
};

class DeviceMemory {
public:
  DeviceMemory() = default;
  ~DeviceMemory(); ///< gives the range back, with all that is in it
  DeviceMemory(const DeviceMemory&) = delete;
  DeviceMemory& operator=(const DeviceMemory&) = delete;

  /// Null where there is no memory; aligned to 256 bytes or more, as on a device.
  void* allocate(std::size_t bytes);
  /// False for what is no allocation.
  bool free(void* pointer);
  bool name(const void* pointer, const std::string& name);
  /// False where a part of the bytes is device memory and a part is not, or is freed.
  bool transferable(const void* pointer, std::size_t bytes) const;
  /// Bytes that the host has written.
  void mark_written(const void* pointer, std::size_t bytes);
  void assume_written();

  bool in_range(std::uintptr_t address) const { return address - begin_ < reserved; }
  /// The allocation that holds an address or, where none does, the last one before it; or null.
  Allocation* nearest(std::uintptr_t address);
  const Allocation* nearest(std::uintptr_t address) const;
  Shadow& shadow(Allocation& allocation);

private:
  static constexpr std::size_t reserved = std::size_t{1} << 37;
  std::uintptr_t begin_ = 0, next_ = 0;
  std::vector<Allocation> allocations_; ///< by address
  std::size_t last_ = 0;                ///< that was asked for
};

DeviceMemory& device_memory();

} // namespace nnc::cuda_host
