#include "fibre.h"

#include <sys/mman.h>

#include <new>

// The registers that a function keeps for its caller; a context is the stack pointer below them.
asm(R"(
.text
.globl nnc_cuda_host_switch
.hidden nnc_cuda_host_switch
.type nnc_cuda_host_switch, @function
nnc_cuda_host_switch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size nnc_cuda_host_switch, .-nnc_cuda_host_switch
)");

namespace nnc::cuda_host {

namespace {
constexpr std::size_t guard = 4096;
} // namespace

Stack::Stack() {
  void* memory = mmap(nullptr, guard + size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  mprotect(memory, guard, PROT_NONE);
  low_ = reinterpret_cast<std::uintptr_t>(memory) + guard;
}

Stack::~Stack() {
  if (low_ != 0) munmap(reinterpret_cast<void*>(low_ - guard), guard + size);
}

Stack::Stack(Stack&& other) noexcept : low_(other.low_) { other.low_ = 0; }

void* Stack::prepare(void (*entry)()) const {
  // On entry to a function the stack is 8 short of a multiple of 16, as after a call.
  auto* top = reinterpret_cast<void**>(low_ + size);
  *--top = nullptr; // where `entry` would return to
  *--top = reinterpret_cast<void*>(entry);
  for (int i = 0; i < 6; ++i) *--top = nullptr;
  return top;
}

} // namespace nnc::cuda_host
