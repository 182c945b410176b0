// Products of square matrices by tiles in shared memory, with and without conflicts of banks.
#include <cuda_runtime.h>

constexpr int tile = 32;

// The second tile is stored turned, in rows of `stride` elements: 32 of them share a bank, 33 do
// not.
template <int stride>
__global__ void product(const float* __restrict__ a, const float* __restrict__ b,
                        float* __restrict__ c, int n) {
  __shared__ float left[tile][tile];
  __shared__ float right[tile][stride];
  const int x = (int)threadIdx.x, y = (int)threadIdx.y;
  const int row = (int)blockIdx.y * tile + y, column = (int)blockIdx.x * tile + x;
  float sum = 0;
  for (int begin = 0; begin < n; begin += tile) {
    left[y][x] = a[row * n + begin + x];
    right[x][y] = b[(begin + y) * n + column];
    __syncthreads();
    for (int k = 0; k < tile; ++k) sum = __fmaf_rn(left[y][k], right[x][k], sum);
    __syncthreads();
  }
  c[row * n + column] = sum;
}

// Four columns a thread, read and written as one.
__global__ void wide_product(const float* __restrict__ a, const float* __restrict__ b,
                             float* __restrict__ c, int n) {
  __shared__ float4 right[tile][tile / 4];
  const int x = (int)threadIdx.x, y = (int)threadIdx.y;
  const int row = (int)blockIdx.y * tile + y, column = (int)blockIdx.x * tile + 4 * x;
  float4 sum = make_float4(0, 0, 0, 0);
  for (int begin = 0; begin < n; begin += tile) {
    right[y][x] = *reinterpret_cast<const float4*>(&b[(begin + y) * n + column]);
    __syncthreads();
    for (int k = 0; k < tile; ++k) {
      const float left = a[row * n + begin + k];
      const float4 values = right[k][x];
      sum.x = __fmaf_rn(left, values.x, sum.x);
      sum.y = __fmaf_rn(left, values.y, sum.y);
      sum.z = __fmaf_rn(left, values.z, sum.z);
      sum.w = __fmaf_rn(left, values.w, sum.w);
    }
    __syncthreads();
  }
  *reinterpret_cast<float4*>(&c[row * n + column]) = sum;
}

extern "C" {

int launch_product(const float* a, const float* b, float* c, int n, int stride) {
  void* arguments[] = {&a, &b, &c, &n};
  const dim3 grid((unsigned)(n / tile), (unsigned)(n / tile)), block(tile, tile);
  if (stride == tile) return cudaLaunchKernel(product<tile>, grid, block, arguments, 0, 0);
  return cudaLaunchKernel(product<tile + 1>, grid, block, arguments, 0, 0);
}

int launch_wide_product(const float* a, const float* b, float* c, int n) {
  void* arguments[] = {&a, &b, &c, &n};
  const dim3 grid((unsigned)(n / tile), (unsigned)(n / tile)), block(tile / 4, tile);
  return cudaLaunchKernel(wide_product, grid, block, arguments, 0, 0);
}
}
