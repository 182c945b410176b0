// Products of a 16 x depth by a depth x 8 matrix on tensor cores, one warp each; a tiled product
// with copies past the registers.
#include "tensor_core_ptx.h"

#include <cuda_bf16.h>
#include <cuda_fp16.h>

// a is row-major 16 x depth, b row-major depth x 8, c row-major 16 x 8.
__global__ void tf32_product(const float* __restrict__ a, const float* __restrict__ b,
                             float* __restrict__ c, int depth, int rounded) {
  const int group = (int)threadIdx.x / 4, index = (int)threadIdx.x % 4;
  float sum[4] = {0, 0, 0, 0};
  for (int begin = 0; begin < depth; begin += 8) {
    unsigned left[4], right[2];
    for (int r = 0; r < 4; ++r) {
      const float value = a[(group + 8 * (r % 2)) * depth + begin + index + 4 * (r / 2)];
      left[r] = rounded ? nnc_to_tf32(value) : __float_as_uint(value);
    }
    for (int r = 0; r < 2; ++r) {
      const float value = b[(begin + index + 4 * r) * 8 + group];
      right[r] = rounded ? nnc_to_tf32(value) : __float_as_uint(value);
    }
    nnc_mma_m16n8k8_tf32(sum, left, right, sum);
  }
  for (int r = 0; r < 4; ++r) c[(group + 8 * (r / 2)) * 8 + 2 * index + r % 2] = sum[r];
}

struct OfF16 {
  __device__ static unsigned bits(float value) { return __half_as_ushort(__float2half_rn(value)); }
  __device__ static void product(float (&d)[4], const unsigned (&a)[2], const unsigned (&b)[1]) {
    nnc_mma_m16n8k8_f16(d, a, b, d);
  }
  __device__ static void product(float (&d)[4], const unsigned (&a)[4], const unsigned (&b)[2]) {
    nnc_mma_m16n8k16_f16(d, a, b, d);
  }
};
struct OfBf16 {
  __device__ static unsigned bits(float value) {
    return __bfloat16_as_ushort(__float2bfloat16_rn(value));
  }
  __device__ static void product(float (&d)[4], const unsigned (&a)[2], const unsigned (&b)[1]) {
    nnc_mma_m16n8k8_bf16(d, a, b, d);
  }
  __device__ static void product(float (&d)[4], const unsigned (&a)[4], const unsigned (&b)[2]) {
    nnc_mma_m16n8k16_bf16(d, a, b, d);
  }
};

// Fragments put together by hand.
template <class Of, int step>
__global__ void half_product(const float* __restrict__ a, const float* __restrict__ b,
                             float* __restrict__ c, int depth) {
  const int group = (int)threadIdx.x / 4, index = (int)threadIdx.x % 4;
  float sum[4] = {0, 0, 0, 0};
  for (int begin = 0; begin < depth; begin += step) {
    unsigned left[step / 4], right[step / 8];
    for (int r = 0; r < step / 4; ++r) {
      const float* from = &a[(group + 8 * (r % 2)) * depth + begin + 2 * index + 8 * (r / 2)];
      left[r] = Of::bits(from[0]) | Of::bits(from[1]) << 16;
    }
    for (int r = 0; r < step / 8; ++r) {
      const float* from = &b[(begin + 2 * index + 8 * r) * 8 + group];
      right[r] = Of::bits(from[0]) | Of::bits(from[8]) << 16;
    }
    Of::product(sum, left, right);
  }
  for (int r = 0; r < 4; ++r) c[(group + 8 * (r / 2)) * 8 + 2 * index + r % 2] = sum[r];
}

// Fragments by ldmatrix, from rows of 8 and 16 halves that asynchronous copies bring, two steps
// ahead; 24 halves a row keep the banks apart.
__global__ void staged_product(const __half* __restrict__ a, const __half* __restrict__ b,
                               float* __restrict__ c, int depth) {
  __shared__ __align__(16) __half left[3][16][24];
  __shared__ __align__(16) __half right[3][16][8];
  const int lane = (int)threadIdx.x, group = lane / 4, index = lane % 4;
  const auto fetch = [&](int begin, int stage) {
    const bool valid = begin < depth;
    nnc_copy_async16(&left[stage][lane / 2][8 * (lane % 2)],
                     &a[(lane / 2) * depth + (valid ? begin : 0) + 8 * (lane % 2)], valid);
    if (lane < 16)
      nnc_copy_async16(&right[stage][lane][0], &b[((valid ? begin : 0) + lane) * 8], valid);
    nnc_copy_async_commit();
  };
  fetch(0, 0);
  fetch(16, 1);
  float sum[4] = {0, 0, 0, 0};
  for (int step = 0; step * 16 < depth; ++step) {
    nnc_copy_async_wait<1>();
    __syncwarp();
    fetch((step + 2) * 16, (step + 2) % 3);
    unsigned of_left[4], of_right[2];
    nnc_load_matrices_x4(of_left, &left[step % 3][lane % 16][8 * (lane / 16)]);
    nnc_load_matrices_x2_transposed(of_right, &right[step % 3][lane % 16][0]);
    nnc_mma_m16n8k16_f16(sum, of_left, of_right, sum);
  }
  for (int r = 0; r < 4; ++r) c[(group + 8 * (r / 2)) * 8 + 2 * index + r % 2] = sum[r];
}

// The copy is not waited for.
__global__ void early_read(const float* __restrict__ a, float* __restrict__ c) {
  __shared__ __align__(16) float staged[32];
  nnc_copy_async4(&staged[threadIdx.x], &a[threadIdx.x]);
  nnc_copy_async_commit();
  c[threadIdx.x] = staged[threadIdx.x];
  nnc_copy_async_wait<0>();
}

// The next copy begins while other lanes may still read what the last one brought.
__global__ void early_copy(const float* __restrict__ a, float* __restrict__ c) {
  __shared__ __align__(16) float staged[32];
  float sum = 0;
  for (int step = 0; step < 2; ++step) {
    nnc_copy_async4(&staged[threadIdx.x], &a[threadIdx.x]);
    nnc_copy_async_commit();
    nnc_copy_async_wait<0>();
    __syncwarp();
    sum += staged[threadIdx.x ^ 1U];
  }
  c[threadIdx.x] = sum;
}

// Bits of f16 and bf16 of each number, and the sums of neighbours rounded to them.
__global__ void roundings(const double* __restrict__ x, unsigned* __restrict__ bits, int n) {
  const int i = (int)(blockIdx.x * blockDim.x + threadIdx.x);
  if (i + 1 >= n) return;
  const __half f16 = __double2half(x[i]);
  const __nv_bfloat16 bf16 = __float2bfloat16_rn((float)x[i]);
  bits[4 * i] = __half_as_ushort(f16);
  bits[4 * i + 1] = __bfloat16_as_ushort(bf16);
  bits[4 * i + 2] = __half_as_ushort(__hadd(f16, __double2half(x[i + 1])));
  bits[4 * i + 3] = __float_as_uint(__half2float(f16));
}

extern "C" {

int launch_tf32_product(const float* a, const float* b, float* c, int depth, int rounded) {
  void* arguments[] = {&a, &b, &c, &depth, &rounded};
  return cudaLaunchKernel(tf32_product, dim3(1), dim3(32), arguments, 0, 0);
}

int launch_half_product(const float* a, const float* b, float* c, int depth, int bf16, int step) {
  void* arguments[] = {&a, &b, &c, &depth};
  const auto kernel = bf16 ? (step == 8 ? half_product<OfBf16, 8> : half_product<OfBf16, 16>)
                           : (step == 8 ? half_product<OfF16, 8> : half_product<OfF16, 16>);
  return cudaLaunchKernel(kernel, dim3(1), dim3(32), arguments, 0, 0);
}

int launch_staged_product(const __half* a, const __half* b, float* c, int depth) {
  void* arguments[] = {&a, &b, &c, &depth};
  return cudaLaunchKernel(staged_product, dim3(1), dim3(32), arguments, 0, 0);
}

int launch_early_read(const float* a, float* c) {
  void* arguments[] = {&a, &c};
  return cudaLaunchKernel(early_read, dim3(1), dim3(32), arguments, 0, 0);
}

int launch_early_copy(const float* a, float* c) {
  void* arguments[] = {&a, &c};
  return cudaLaunchKernel(early_copy, dim3(1), dim3(32), arguments, 0, 0);
}

int launch_roundings(const double* x, unsigned* bits, int n) {
  void* arguments[] = {&x, &bits, &n};
  return cudaLaunchKernel(roundings, dim3((unsigned)(n + 63) / 64), dim3(64), arguments, 0, 0);
}
}
