#include "memory.h"

#include "report.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>

namespace nnc::cuda_host {

namespace {

constexpr std::size_t page = 4096;

std::size_t whole_pages(std::size_t bytes) { return (bytes + page - 1) / page * page; }

} // namespace

DeviceMemory::~DeviceMemory() {
  if (begin_ != 0) munmap(reinterpret_cast<void*>(begin_), reserved);
}

void* DeviceMemory::allocate(std::size_t bytes) {
  if (begin_ == 0) {
    void* memory =
        mmap(nullptr, reserved, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) return nullptr;
    begin_ = next_ = reinterpret_cast<std::uintptr_t>(memory);
  }
  // A page at least that belongs to nobody follows each allocation.
  const std::size_t taken = whole_pages(bytes) + page;
  if (bytes > reserved || next_ - begin_ > reserved - taken) return nullptr;
  void* memory = reinterpret_cast<void*>(next_);
  if (bytes > 0 && mprotect(memory, whole_pages(bytes), PROT_READ | PROT_WRITE) != 0)
    return nullptr;
  std::memset(memory, 0xff, bytes);
  Allocation allocation{};
  allocation.begin = next_;
  allocation.size = bytes;
  allocation.name = text("buffer ", allocations_.size());
  allocations_.push_back(std::move(allocation));
  next_ += taken;
  return memory;
}

bool DeviceMemory::free(void* pointer) {
  const auto address = reinterpret_cast<std::uintptr_t>(pointer);
  Allocation* found = nearest(address);
  if (!found || found->begin != address || found->freed) return false;
  found->freed = true;
  found->shadow.reset();
  if (found->size > 0) {
    madvise(pointer, whole_pages(found->size), MADV_DONTNEED);
    mprotect(pointer, whole_pages(found->size), PROT_NONE);
  }
  return true;
}

bool DeviceMemory::name(const void* pointer, const std::string& name) {
  Allocation* found = nearest(reinterpret_cast<std::uintptr_t>(pointer));
  if (!found) return false;
  found->name = name;
  return true;
}

bool DeviceMemory::transferable(const void* pointer, std::size_t bytes) const {
  const auto address = reinterpret_cast<std::uintptr_t>(pointer);
  if (!in_range(address)) return !in_range(address + bytes);
  const Allocation* found = nearest(address);
  return found && !found->freed && address - found->begin <= found->size &&
         bytes <= found->size - (address - found->begin);
}

void DeviceMemory::mark_written(const void* pointer, std::size_t bytes) {
  const auto address = reinterpret_cast<std::uintptr_t>(pointer);
  if (!in_range(address) || bytes == 0) return;
  Allocation& allocation = *nearest(address);
  shadow(allocation).mark_written(address - allocation.begin, bytes);
}

void DeviceMemory::assume_written() {
  for (Allocation& allocation : allocations_) allocation.assume_written = true;
}

const Allocation* DeviceMemory::nearest(std::uintptr_t address) const {
  const auto after =
      std::upper_bound(allocations_.begin(), allocations_.end(), address,
                       [](std::uintptr_t a, const Allocation& b) { return a < b.begin; });
  return after == allocations_.begin() ? nullptr : &*std::prev(after);
}

Allocation* DeviceMemory::nearest(std::uintptr_t address) {
  if (last_ < allocations_.size()) {
    Allocation& last = allocations_[last_];
    if (address - last.begin < last.size) return &last;
  }
  const auto* found = static_cast<const DeviceMemory*>(this)->nearest(address);
  if (!found) return nullptr;
  last_ = static_cast<std::size_t>(found - allocations_.data());
  return &allocations_[last_];
}

Shadow& DeviceMemory::shadow(Allocation& allocation) {
  if (!allocation.shadow) allocation.shadow = std::make_unique<Shadow>(allocation.size);
  return *allocation.shadow;
}

DeviceMemory& device_memory() {
  static DeviceMemory of_library;
  return of_library;
}

} // namespace nnc::cuda_host
