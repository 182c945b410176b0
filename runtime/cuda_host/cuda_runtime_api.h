// Memory, streams, graphs and launches, with the names of CUDA's runtime.
//
// Device memory is host memory in a range of its own. A stream does what it is asked at once,
// unless it captures: then memory operations and launches are recorded, and replayed by
// cudaGraphLaunch. Errors of a kernel stay until cudaGetLastError, as one line of text each in the
// reports.
#pragma once

#include "vector_types.h"

#include <cstring>
#include <type_traits>
#include <utility>
#include <vector>

enum cudaError_t : int {
  cudaSuccess = 0,
  cudaErrorInvalidValue = 1,
  cudaErrorMemoryAllocation = 2,
  cudaErrorInvalidConfiguration = 9,
  cudaErrorInvalidDevice = 101,
  cudaErrorInvalidResourceHandle = 400,
  cudaErrorIllegalAddress = 700,
  cudaErrorMisalignedAddress = 716,
  cudaErrorLaunchFailure = 719,
  cudaErrorStreamCaptureUnsupported = 900,
  cudaErrorIllegalState = 401,
};
using cudaError = cudaError_t;

enum cudaMemcpyKind : int {
  cudaMemcpyHostToHost,
  cudaMemcpyHostToDevice,
  cudaMemcpyDeviceToHost,
  cudaMemcpyDeviceToDevice,
  cudaMemcpyDefault,
};
enum cudaStreamCaptureMode : int {
  cudaStreamCaptureModeGlobal,
  cudaStreamCaptureModeThreadLocal,
  cudaStreamCaptureModeRelaxed,
};
enum cudaFuncAttribute : int {
  cudaFuncAttributeMaxDynamicSharedMemorySize = 8,
  cudaFuncAttributePreferredSharedMemoryCarveout = 9,
};
inline constexpr unsigned int cudaStreamDefault = 0;
inline constexpr unsigned int cudaStreamNonBlocking = 1;

struct CUstream_st;
struct CUgraph_st;
struct CUgraphExec_st;
using cudaStream_t = CUstream_st*;
using cudaGraph_t = CUgraph_st*;
using cudaGraphExec_t = CUgraphExec_st*;

extern "C" {
const char* cudaGetErrorString(cudaError_t error);
const char* cudaGetErrorName(cudaError_t error);
cudaError_t cudaGetLastError();
cudaError_t cudaPeekAtLastError();
cudaError_t cudaGetDeviceCount(int* count);
cudaError_t cudaGetDevice(int* device);
cudaError_t cudaSetDevice(int device);
cudaError_t cudaDeviceSynchronize();

/// Filled with 0xFF bytes, NaN as floats, so that what is never written shows.
cudaError_t cudaMalloc(void** pointer, std::size_t bytes);
cudaError_t cudaFree(void* pointer);
cudaError_t cudaMallocHost(void** pointer, std::size_t bytes);
cudaError_t cudaFreeHost(void* pointer);

cudaError_t cudaStreamCreate(cudaStream_t* stream);
cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned int flags);
cudaError_t cudaStreamDestroy(cudaStream_t stream);
cudaError_t cudaStreamSynchronize(cudaStream_t stream);
cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode mode);
cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph);
cudaError_t cudaGraphLaunch(cudaGraphExec_t graph, cudaStream_t stream);
cudaError_t cudaGraphDestroy(cudaGraph_t graph);
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t graph);
}

cudaError_t cudaMemcpy(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind);
cudaError_t cudaMemset(void* to, int value, std::size_t bytes);
cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind,
                            cudaStream_t stream = nullptr);
cudaError_t cudaMemsetAsync(void* to, int value, std::size_t bytes, cudaStream_t stream = nullptr);
cudaError_t cudaGraphInstantiate(cudaGraphExec_t* executable, cudaGraph_t graph,
                                 unsigned long long flags = 0);

template <class T>
cudaError_t cudaMalloc(T** pointer, std::size_t bytes) {
  return cudaMalloc(reinterpret_cast<void**>(pointer), bytes);
}
template <class T>
cudaError_t cudaMallocHost(T** pointer, std::size_t bytes) {
  return cudaMallocHost(reinterpret_cast<void**>(pointer), bytes);
}

namespace nnc::cuda_host {

/// A kernel with its arguments, copied.
struct Launch {
  const void* kernel;
  dim3 grid, block;
  std::size_t shared; ///< bytes of dynamic shared memory
  void (*call)(const void* kernel, void* const* arguments);
  std::vector<unsigned char> bytes;   ///< of all arguments
  std::vector<std::size_t> arguments; ///< where each begins
};
cudaError_t launch(Launch launch, cudaStream_t stream);
cudaError_t set_shared_limit(const void* kernel, cudaFuncAttribute attribute, int value);

template <class... Parameters, std::size_t... indices>
void call_kernel(const void* kernel, void* const* arguments, std::index_sequence<indices...>) {
  reinterpret_cast<void (*)(Parameters...)>(const_cast<void*>(kernel))(
      *static_cast<std::decay_t<Parameters>*>(arguments[indices])...);
}

template <class Parameter>
void add_argument(Launch& launch, const void* value) {
  using Type = std::decay_t<Parameter>;
  const std::size_t start = (launch.bytes.size() + alignof(Type) - 1) / alignof(Type);
  launch.arguments.push_back(start * alignof(Type));
  launch.bytes.resize(start * alignof(Type) + sizeof(Type));
  std::memcpy(launch.bytes.data() + start * alignof(Type), value, sizeof(Type));
}

} // namespace nnc::cuda_host

/// The arguments are read now, each by the type of its parameter.
template <class... Parameters>
cudaError_t cudaLaunchKernel(void (*kernel)(Parameters...), dim3 grid, dim3 block, void** arguments,
                             std::size_t shared = 0, cudaStream_t stream = nullptr) {
  nnc::cuda_host::Launch launch;
  launch.kernel = reinterpret_cast<const void*>(kernel);
  launch.grid = grid;
  launch.block = block;
  launch.shared = shared;
  launch.call = [](const void* function, void* const* values) {
    nnc::cuda_host::call_kernel<Parameters...>(function, values,
                                               std::index_sequence_for<Parameters...>());
  };
  [[maybe_unused]] std::size_t index = 0;
  (nnc::cuda_host::add_argument<Parameters>(launch, arguments[index++]), ...);
  return nnc::cuda_host::launch(std::move(launch), stream);
}

template <class... Parameters>
cudaError_t cudaFuncSetAttribute(void (*kernel)(Parameters...), cudaFuncAttribute attribute,
                                 int value) {
  return nnc::cuda_host::set_shared_limit(reinterpret_cast<const void*>(kernel), attribute, value);
}
