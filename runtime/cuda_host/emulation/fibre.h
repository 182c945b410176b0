// Stacks that run in turn on one thread of the program (x86-64).
#pragma once

#include <cstddef>
#include <cstdint>

namespace nnc::cuda_host {

/// Memory for a stack, with a page below it that faults.
class Stack {
public:
  Stack();
  ~Stack();
  Stack(Stack&& other) noexcept;
  Stack(const Stack&) = delete;
  Stack& operator=(const Stack&) = delete;
  Stack& operator=(Stack&&) = delete;

  /// A context that runs `entry`, which must not return, when it is first switched to.
  void* prepare(void (*entry)()) const;
  bool holds(std::uintptr_t address) const { return address - low_ < size; }

private:
  static constexpr std::size_t size = 64 << 10;
  std::uintptr_t low_;
};

/// Leaves the context that runs in `from` and goes on with `to`.
extern "C" void nnc_cuda_host_switch(void** from, void* to);

} // namespace nnc::cuda_host
