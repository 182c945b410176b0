// Element-wise, reduction and histogram kernels that are right, and what launches them.
#include <cuda_runtime.h>

__global__ void __launch_bounds__(128)
    add(const float4* __restrict__ a, const float4* __restrict__ b, float4* __restrict__ sum,
        int n) {
  const int i = (int)(blockIdx.x * blockDim.x + threadIdx.x);
  if (i >= n) return;
  const float4 left = a[i], right = b[i];
  sum[i] = make_float4(__fadd_rn(left.x, right.x), __fadd_rn(left.y, right.y),
                       __fadd_rn(left.z, right.z), __fadd_rn(left.w, right.w));
}

__device__ inline double warp_sum(double value) {
  for (int distance = 16; distance > 0; distance /= 2)
    value = __dadd_rn(value, __shfl_down_sync(0xffffffffU, value, (unsigned)distance));
  return value;
}

// One block a row; the sums of the warps meet in shared memory.
__global__ void row_sums(const float* __restrict__ x, double* __restrict__ sums, int columns) {
  __shared__ double of_warp[32];
  const int thread = (int)threadIdx.x, warps = (int)blockDim.x / 32;
  double sum = 0;
  for (int i = thread; i < columns; i += (int)blockDim.x)
    sum = __dadd_rn(sum, (double)x[(int)blockIdx.x * columns + i]);
  sum = warp_sum(sum);
  if (thread % 32 == 0) of_warp[thread / 32] = sum;
  __syncthreads();
  if (thread >= 32) return;
  sum = warp_sum(thread < warps ? of_warp[thread] : 0.0);
  if (thread == 0) sums[blockIdx.x] = sum;
}

// Counts of a block in shared memory first, then in global memory; the length is dynamic.
__global__ void histogram(const unsigned char* __restrict__ values, unsigned* __restrict__ counts,
                          int n, int bins) {
  extern __shared__ unsigned dynamic_shared[];
  for (int bin = (int)threadIdx.x; bin < bins; bin += (int)blockDim.x) dynamic_shared[bin] = 0;
  __syncthreads();
  for (int i = (int)(blockIdx.x * blockDim.x + threadIdx.x); i < n;
       i += (int)(gridDim.x * blockDim.x))
    atomicAdd(&dynamic_shared[values[i]], 1U);
  __syncthreads();
  for (int bin = (int)threadIdx.x; bin < bins; bin += (int)blockDim.x)
    atomicAdd(&counts[bin], dynamic_shared[bin]);
}

// Neighbours write the bytes of one word.
__global__ void reverse_bytes(const unsigned char* __restrict__ from,
                              unsigned char* __restrict__ to) {
  __shared__ unsigned char staged[64];
  staged[threadIdx.x] = from[threadIdx.x];
  __syncthreads();
  to[threadIdx.x] = staged[63 - threadIdx.x];
}

// Each thread says when it came.
__global__ void order_of_threads(unsigned* __restrict__ count, unsigned* __restrict__ order) {
  order[atomicAdd(count, 1U)] = blockIdx.x * blockDim.x + threadIdx.x;
}

// Each lane gives a value to its neighbour through memory, ordered by the warp's own barrier.
__global__ void turn_warps(const int* __restrict__ from, int* __restrict__ to) {
  __shared__ int staged[64];
  const int thread = (int)threadIdx.x;
  for (int turn = 0; turn < 3; ++turn) {
    staged[thread] = turn == 0 ? from[thread] : to[thread];
    __syncwarp();
    to[thread] = staged[thread / 32 * 32 + (thread + 1) % 32];
    __syncwarp();
  }
}

// What the lanes of half a warp say of themselves.
__global__ void votes(unsigned* __restrict__ result) {
  const unsigned lane = threadIdx.x % 32, mask = lane < 16 ? 0xffffU : 0xffff0000U;
  const unsigned even = __ballot_sync(mask, lane % 2 == 0);
  const int some = __any_sync(mask, lane == 3), all = __all_sync(mask, lane < 16);
  const unsigned up = __shfl_up_sync(mask, lane, 1, 16), first = __shfl_sync(mask, lane, 0, 16);
  const unsigned odd = (unsigned)__syncthreads_count((int)(lane % 2));
  result[threadIdx.x] =
      even ^ (unsigned)some << 16 ^ (unsigned)all << 17 ^ up << 20 ^ first << 25 ^ odd;
}

extern "C" {

int launch_add(const float4* a, const float4* b, float4* sum, int n, cudaStream_t stream) {
  void* arguments[] = {&a, &b, &sum, &n};
  return cudaLaunchKernel(add, dim3((unsigned)(n + 127) / 128), dim3(128), arguments, 0, stream);
}

int launch_row_sums(const float* x, double* sums, int rows, int columns, int threads) {
  void* arguments[] = {&x, &sums, &columns};
  return cudaLaunchKernel(row_sums, dim3((unsigned)rows), dim3((unsigned)threads), arguments, 0, 0);
}

int launch_histogram(const unsigned char* values, unsigned* counts, int n, int bins) {
  void* arguments[] = {&values, &counts, &n, &bins};
  return cudaLaunchKernel(histogram, dim3(4), dim3(96), arguments, (size_t)bins * sizeof(unsigned),
                          0);
}

int launch_reverse_bytes(const unsigned char* from, unsigned char* to) {
  void* arguments[] = {&from, &to};
  return cudaLaunchKernel(reverse_bytes, dim3(1), dim3(64), arguments, 0, 0);
}

int launch_order_of_threads(unsigned* count, unsigned* order) {
  void* arguments[] = {&count, &order};
  return cudaLaunchKernel(order_of_threads, dim3(4), dim3(40), arguments, 0, 0);
}

int launch_turn_warps(const int* from, int* to) {
  void* arguments[] = {&from, &to};
  return cudaLaunchKernel(turn_warps, dim3(1), dim3(64), arguments, 0, 0);
}

int launch_votes(unsigned* result) {
  void* arguments[] = {&result};
  return cudaLaunchKernel(votes, dim3(1), dim3(64), arguments, 0, 0);
}

// sum = a + b, then sum = sum + b as often as the graph is launched again.
int add_by_graph(const float4* a, const float4* b, float4* sum, int n, int times) {
  cudaStream_t stream;
  cudaGraph_t graph;
  cudaGraphExec_t executable;
  cudaError_t error = cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking);
  if (error != cudaSuccess) return error;
  cudaMemcpyAsync(sum, a, (size_t)n * sizeof(float4), cudaMemcpyDeviceToDevice, stream);
  cudaStreamBeginCapture(stream, cudaStreamCaptureModeGlobal);
  const float4* from = sum;
  launch_add(from, b, sum, n, stream);
  error = cudaStreamEndCapture(stream, &graph);
  if (error != cudaSuccess) return error;
  error = cudaGraphInstantiate(&executable, graph, 0);
  for (int i = 0; i < times && error == cudaSuccess; ++i)
    error = cudaGraphLaunch(executable, stream);
  if (error == cudaSuccess) error = cudaStreamSynchronize(stream);
  cudaGraphExecDestroy(executable);
  cudaGraphDestroy(graph);
  cudaStreamDestroy(stream);
  return error;
}
}
