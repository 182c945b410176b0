// Kernels with one fault each; all take the same, so that one macro launches them.
#include <cuda_runtime.h>

#define KERNEL_PARAMETERS                                                                          \
  [[maybe_unused]] float *x, [[maybe_unused]] const float *y, [[maybe_unused]] int n

__global__ void no_barrier(KERNEL_PARAMETERS) {
  __shared__ float staged[64];
  staged[threadIdx.x] = x[threadIdx.x];
  x[threadIdx.x] = staged[(threadIdx.x + 1) % 64];
}

// Right within a warp where lanes go together, and wrong without a word that orders them.
__global__ void no_warp_barrier(KERNEL_PARAMETERS) {
  __shared__ float staged[32];
  staged[threadIdx.x] = x[threadIdx.x];
  const float other = __shfl_xor_sync(0xffffffffU, x[threadIdx.x], 1);
  x[threadIdx.x] = staged[threadIdx.x ^ 1U] + other;
}

__global__ void blocks_meet(KERNEL_PARAMETERS) {
  if (threadIdx.x == 0) x[0] = (float)blockIdx.x;
}

__global__ void atomic_and_plain(KERNEL_PARAMETERS) {
  unsigned* count = reinterpret_cast<unsigned*>(x);
  if (threadIdx.x == 5)
    *count = 7;
  else
    atomicAdd(count, 1U);
}

__global__ void past_the_end(KERNEL_PARAMETERS) {
  if ((int)threadIdx.x <= n) x[threadIdx.x] = 1;
}

__global__ void past_the_dynamic(KERNEL_PARAMETERS) {
  extern __shared__ float dynamic_shared[];
  dynamic_shared[threadIdx.x] = x[threadIdx.x];
}

__global__ void past_the_row(KERNEL_PARAMETERS) {
  __shared__ float staged[4][8];
  staged[threadIdx.x / 8][threadIdx.x % 8 + (unsigned)n] = x[threadIdx.x];
  x[threadIdx.x] = staged[threadIdx.x / 8][threadIdx.x % 8];
}

__global__ void no_buffer(KERNEL_PARAMETERS) { x[threadIdx.x] = y[threadIdx.x]; }

__global__ void misaligned(KERNEL_PARAMETERS) {
  float4* wide = reinterpret_cast<float4*>(x + 1);
  wide[threadIdx.x] = make_float4(1, 2, 3, 4);
}

__global__ void unwritten(KERNEL_PARAMETERS) { x[threadIdx.x] = y[threadIdx.x]; }

__global__ void unwritten_shared(KERNEL_PARAMETERS) {
  __shared__ float staged[64];
  if (threadIdx.x != 9) staged[threadIdx.x] = x[threadIdx.x];
  __syncthreads();
  x[threadIdx.x] = staged[threadIdx.x];
}

__global__ void some_return(KERNEL_PARAMETERS) {
  if (threadIdx.x == 17) return;
  __syncthreads();
  x[threadIdx.x] = 1;
}

__global__ void wait_elsewhere(KERNEL_PARAMETERS) {
  if (threadIdx.x < 32) {
    __syncthreads();
  } else {
    x[threadIdx.x] = 1;
    __syncthreads();
  }
}

__global__ void half_a_warp(KERNEL_PARAMETERS) {
  float value = x[threadIdx.x];
  if (threadIdx.x < 16) value = __shfl_down_sync(0xffffffffU, value, 1);
  __syncthreads();
  x[threadIdx.x] = value;
}

__global__ void not_in_mask(KERNEL_PARAMETERS) {
  x[threadIdx.x] = __shfl_sync(0x7fffffffU, x[threadIdx.x], 0);
}

__global__ void from_none(KERNEL_PARAMETERS) {
  if (threadIdx.x < 16) x[threadIdx.x] = __shfl_sync(0xffffU, x[threadIdx.x], 20);
}

__global__ void two_masks(KERNEL_PARAMETERS) {
  x[threadIdx.x] = __shfl_sync(threadIdx.x < 16 ? 0xffffffffU : 0xffff0000U, x[threadIdx.x], 16);
}

__global__ void much_shared(KERNEL_PARAMETERS) {
  extern __shared__ float dynamic_shared[];
  dynamic_shared[threadIdx.x] = x[threadIdx.x];
}

__global__ void large_block(KERNEL_PARAMETERS) { x[0] = 1; }

__global__ void high_grid(KERNEL_PARAMETERS) { x[0] = 1; }

extern "C" {

#define LAUNCH(kernel, grid, block, shared)                                                        \
  int launch_##kernel(float* x, const float* y, int n) {                                           \
    void* arguments[] = {&x, &y, &n};                                                              \
    return cudaLaunchKernel(kernel, grid, block, arguments, shared, 0);                            \
  }
LAUNCH(no_barrier, dim3(1), dim3(64), 0)
LAUNCH(no_warp_barrier, dim3(1), dim3(32), 0)
LAUNCH(blocks_meet, dim3(2), dim3(32), 0)
LAUNCH(atomic_and_plain, dim3(1), dim3(32), 0)
LAUNCH(past_the_end, dim3(1), dim3(128), 0)
LAUNCH(past_the_dynamic, dim3(1), dim3(64), 63 * 4)
LAUNCH(past_the_row, dim3(1), dim3(8), 0)
LAUNCH(no_buffer, dim3(1), dim3(32), 0)
LAUNCH(misaligned, dim3(1), dim3(8), 0)
LAUNCH(unwritten, dim3(1), dim3(32), 0)
LAUNCH(unwritten_shared, dim3(1), dim3(64), 0)
LAUNCH(some_return, dim3(1), dim3(64), 0)
LAUNCH(wait_elsewhere, dim3(1), dim3(64), 0)
LAUNCH(half_a_warp, dim3(1), dim3(32), 0)
LAUNCH(not_in_mask, dim3(1), dim3(32), 0)
LAUNCH(from_none, dim3(1), dim3(32), 0)
LAUNCH(two_masks, dim3(1), dim3(32), 0)
LAUNCH(much_shared, dim3(1), dim3(64), 48 * 1024 + 4)
LAUNCH(large_block, dim3(1), dim3(1025), 0)
LAUNCH(high_grid, dim3(1, 65536), dim3(32), 0)

// With the attribute the launch that was too much is allowed.
int launch_more_shared(float* x, const float* y, int n) {
  void* arguments[] = {&x, &y, &n};
  const int bytes = 100 * 1024;
  const cudaError_t error =
      cudaFuncSetAttribute(much_shared, cudaFuncAttributeMaxDynamicSharedMemorySize, bytes);
  if (error != cudaSuccess) return error;
  return cudaLaunchKernel(much_shared, dim3(1), dim3(64), arguments, bytes, 0);
}
}
