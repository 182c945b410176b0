// What a device has as instructions alone, for nvcc; for a host the emulation has it.
#pragma once

#include <cuda_runtime.h>

#ifndef NNC_CUDA_HOST

__device__ inline unsigned shared_address(const void* address) {
  return (unsigned)__cvta_generic_to_shared(address);
}

#define COPY_ASYNC(name, cache, bytes)                                                             \
  __device__ inline void name(void* to, const void* from, bool valid = true) {                     \
    asm volatile("cp.async." cache ".shared.global [%0], [%1], " #bytes                            \
                 ", %2;" ::"r"(shared_address(to)),                                                \
                 "l"(from), "r"(valid ? bytes : 0)                                                 \
                 : "memory");                                                                      \
  }
COPY_ASYNC(nnc_copy_async4, "ca", 4)
COPY_ASYNC(nnc_copy_async8, "ca", 8)
COPY_ASYNC(nnc_copy_async16, "cg", 16)
#undef COPY_ASYNC
__device__ inline void nnc_copy_async_commit() {
  asm volatile("cp.async.commit_group;" ::: "memory");
}
template <int left>
__device__ inline void nnc_copy_async_wait() {
  asm volatile("cp.async.wait_group %0;" ::"n"(left) : "memory");
}

__device__ inline unsigned nnc_to_tf32(float value) {
  unsigned bits;
  asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(bits) : "f"(value));
  return bits;
}

#define MMA_OF_FOUR(name, kind)                                                                    \
  __device__ inline void name(float(&d)[4], const unsigned(&a)[4], const unsigned(&b)[2],          \
                              const float(&c)[4]) {                                                \
    asm volatile("mma.sync.aligned." kind " {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, "               \
                 "{%10,%11,%12,%13};"                                                              \
                 : "=f"(d[0]), "=f"(d[1]), "=f"(d[2]), "=f"(d[3])                                  \
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]), "f"(c[0]),    \
                   "f"(c[1]), "f"(c[2]), "f"(c[3]));                                               \
  }
#define MMA_OF_TWO(name, kind)                                                                     \
  __device__ inline void name(float(&d)[4], const unsigned(&a)[2], const unsigned(&b)[1],          \
                              const float(&c)[4]) {                                                \
    asm volatile("mma.sync.aligned." kind " {%0,%1,%2,%3}, {%4,%5}, {%6}, {%7,%8,%9,%10};"         \
                 : "=f"(d[0]), "=f"(d[1]), "=f"(d[2]), "=f"(d[3])                                  \
                 : "r"(a[0]), "r"(a[1]), "r"(b[0]), "f"(c[0]), "f"(c[1]), "f"(c[2]), "f"(c[3]));   \
  }
MMA_OF_FOUR(nnc_mma_m16n8k8_tf32, "m16n8k8.row.col.f32.tf32.tf32.f32")
MMA_OF_TWO(nnc_mma_m16n8k8_f16, "m16n8k8.row.col.f32.f16.f16.f32")
MMA_OF_TWO(nnc_mma_m16n8k8_bf16, "m16n8k8.row.col.f32.bf16.bf16.f32")
MMA_OF_FOUR(nnc_mma_m16n8k16_f16, "m16n8k16.row.col.f32.f16.f16.f32")
MMA_OF_FOUR(nnc_mma_m16n8k16_bf16, "m16n8k16.row.col.f32.bf16.bf16.f32")
#undef MMA_OF_FOUR
#undef MMA_OF_TWO

#define LOAD_MATRICES(kind)                                                                        \
  __device__ inline void nnc_load_matrices_x1##kind(unsigned(&r)[1], const void* row) {            \
    asm volatile("ldmatrix.sync.aligned.m8n8.x1" TURN ".shared.b16 {%0}, [%1];"                    \
                 : "=r"(r[0])                                                                      \
                 : "r"(shared_address(row))                                                        \
                 : "memory");                                                                      \
  }                                                                                                \
  __device__ inline void nnc_load_matrices_x2##kind(unsigned(&r)[2], const void* row) {            \
    asm volatile("ldmatrix.sync.aligned.m8n8.x2" TURN ".shared.b16 {%0,%1}, [%2];"                 \
                 : "=r"(r[0]), "=r"(r[1])                                                          \
                 : "r"(shared_address(row))                                                        \
                 : "memory");                                                                      \
  }                                                                                                \
  __device__ inline void nnc_load_matrices_x4##kind(unsigned(&r)[4], const void* row) {            \
    asm volatile("ldmatrix.sync.aligned.m8n8.x4" TURN ".shared.b16 {%0,%1,%2,%3}, [%4];"           \
                 : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])                                  \
                 : "r"(shared_address(row))                                                        \
                 : "memory");                                                                      \
  }
#define TURN ""
LOAD_MATRICES()
#undef TURN
#define TURN ".trans"
LOAD_MATRICES(_transposed)
#undef TURN
#undef LOAD_MATRICES

#endif // NNC_CUDA_HOST
