// Asynchronous copies to shared memory, loads of matrices and products on tensor cores.
//
// A device has these as instructions alone. A source uses the functions below and defines them for
// nvcc before its first kernel, as PTX in one place:
//
//   #ifndef NNC_CUDA_HOST
//   __device__ inline void nnc_copy_async16(void* to, const void* from, bool valid) {
//     asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(
//         (unsigned)__cvta_generic_to_shared(to)), "l"(from), "r"(valid ? 16 : 0) : "memory");
//   }
//   ...
//   #endif
//
// tests/cuda_host/kernels/tensor_core_ptx.h has them all.
//
// Fragments are those of the PTX ISA's mma: with group = lane / 4 and index = lane % 4,
//   C, D 16x8   registers 0, 1: row group, columns 2 index and 2 index + 1; 2, 3: row group + 8
//   A 16x8 tf32 row group + 8 (register % 2), column index + 4 (register / 2)
//   B 8x8 tf32  row index + 4 register, column group
//   A of halves register r: row group + 8 (r % 2), columns 2 index + {0, 1} + 8 (r / 2)
//   B of halves register r: rows 2 index + {0, 1} + 8 r, column group
// where the lower column or row is in the lower half of a register.
//
// A product of tf32 takes the upper 19 bits of its operands, as the hardware does; who wants them
// rounded calls nnc_to_tf32 first. The sum of products and C is exact up to one rounding to f32
// here, while the hardware leaves order and rounding of its sums open.
#pragma once

#include "warp_functions.h"

namespace nnc::cuda_host {

/// Elements of a register of a fragment.
enum class Factor : std::uint8_t { tf32, f16, bf16 };
/// d = a b + c of 16x8 by 8 columns of depth 8 or 16, on the whole warp.
void multiply_fragments(Factor factor, int depth, float* d, const unsigned* a, const unsigned* b,
                        const float* c, Place place);
void copy_async(void* to, const void* from, int bytes, bool valid);
void copy_async_commit();
void copy_async_wait(int groups_left);
/// `count` matrices of 8x8 halves; lanes 8 i to 8 i + 7 hold the addresses of the rows of matrix i.
void load_matrices(unsigned* registers, const void* row, int count, bool transposed, Place place);

} // namespace nnc::cuda_host

/// Copies 4, 8 or 16 bytes to shared memory, or fills with zeros where not `valid`; what `to` holds
/// is seen after nnc_copy_async_wait by this thread, after a barrier behind that by others.
inline void nnc_copy_async4(void* to, const void* from, bool valid = true) {
  nnc::cuda_host::copy_async(to, from, 4, valid);
}
inline void nnc_copy_async8(void* to, const void* from, bool valid = true) {
  nnc::cuda_host::copy_async(to, from, 8, valid);
}
inline void nnc_copy_async16(void* to, const void* from, bool valid = true) {
  nnc::cuda_host::copy_async(to, from, 16, valid);
}
/// The copies since the last commit are a group.
inline void nnc_copy_async_commit() { nnc::cuda_host::copy_async_commit(); }
/// Waits for all but the last `left` groups.
template <int left>
void nnc_copy_async_wait() {
  nnc::cuda_host::copy_async_wait(left);
}

/// cvt.rna.tf32.f32: to 10 bits of fraction, to nearest, ties away from 0.
inline unsigned nnc_to_tf32(float value) {
  unsigned bits;
  std::memcpy(&bits, &value, sizeof bits);
  const bool finite = (bits & 0x7f800000U) != 0x7f800000U;
  return (finite ? bits + 0x1000U : bits) & 0xffffe000U;
}

#define NNC_CUDA_HOST_MMA(name, factor, depth, a_registers, b_registers)                           \
  inline void name(float(&d)[4], const unsigned(&a)[a_registers], const unsigned(&b)[b_registers], \
                   const float(&c)[4], int line = __builtin_LINE(),                                \
                   const char* file = __builtin_FILE()) {                                          \
    nnc::cuda_host::multiply_fragments(nnc::cuda_host::Factor::factor, depth, d, a, b, c,          \
                                       {file, line});                                              \
  }
NNC_CUDA_HOST_MMA(nnc_mma_m16n8k8_tf32, tf32, 8, 4, 2)
NNC_CUDA_HOST_MMA(nnc_mma_m16n8k8_f16, f16, 8, 2, 1)
NNC_CUDA_HOST_MMA(nnc_mma_m16n8k8_bf16, bf16, 8, 2, 1)
NNC_CUDA_HOST_MMA(nnc_mma_m16n8k16_f16, f16, 16, 4, 2)
NNC_CUDA_HOST_MMA(nnc_mma_m16n8k16_bf16, bf16, 16, 4, 2)
#undef NNC_CUDA_HOST_MMA

#define NNC_CUDA_HOST_LOAD_MATRICES(name, count, transposed)                                       \
  inline void name(unsigned(&registers)[count], const void* row, int line = __builtin_LINE(),      \
                   const char* file = __builtin_FILE()) {                                          \
    nnc::cuda_host::load_matrices(registers, row, count, transposed, {file, line});                \
  }
NNC_CUDA_HOST_LOAD_MATRICES(nnc_load_matrices_x1, 1, false)
NNC_CUDA_HOST_LOAD_MATRICES(nnc_load_matrices_x2, 2, false)
NNC_CUDA_HOST_LOAD_MATRICES(nnc_load_matrices_x4, 4, false)
NNC_CUDA_HOST_LOAD_MATRICES(nnc_load_matrices_x1_transposed, 1, true)
NNC_CUDA_HOST_LOAD_MATRICES(nnc_load_matrices_x2_transposed, 2, true)
NNC_CUDA_HOST_LOAD_MATRICES(nnc_load_matrices_x4_transposed, 4, true)
#undef NNC_CUDA_HOST_LOAD_MATRICES
