// Streams that run at once or record, graphs that replay, launches that are checked first.
#include "stream.h"

#include "execution.h"
#include "memory.h"

#include <cstring>
#include <functional>
#include <memory>

/// What a graph does, in order.
struct CUgraph_st {
  std::vector<std::function<cudaError_t()>> steps;
};
struct CUgraphExec_st {
  CUgraph_st graph;
};
struct CUstream_st {
  std::unique_ptr<CUgraph_st> captured; ///< while it captures
};

namespace nnc::cuda_host {

namespace {

constexpr std::size_t shared_without_asking = 48 << 10;

std::map<const void*, std::size_t>& shared_limits() {
  static std::map<const void*, std::size_t> of_library;
  return of_library;
}

/// Why no device takes a launch, or empty.
std::string wrong_configuration(const Launch& launch) {
  const dim3 grid = launch.grid, block = launch.block;
  const std::uint64_t threads = std::uint64_t{block.x} * block.y * block.z;
  if (threads == 0 || grid.x == 0 || grid.y == 0 || grid.z == 0) return "nothing to run";
  if (threads > 1024 || block.x > 1024 || block.y > 1024 || block.z > 64)
    return text("a block of ", block.x, " x ", block.y, " x ", block.z,
                " threads; a device takes 1024, and 64 in the third direction");
  if (grid.x > 0x7fffffffU || grid.y > 65535 || grid.z > 65535)
    return text("a grid of ", grid.x, " x ", grid.y, " x ", grid.z,
                " blocks; a device takes 2147483647 x 65535 x 65535");
  const std::size_t fixed = Symbols::of_library().static_shared(launch.kernel);
  const auto asked = shared_limits().find(launch.kernel);
  const std::size_t limit = asked == shared_limits().end() ? 0 : asked->second;
  if (launch.shared + fixed > shared_without_asking && launch.shared > limit)
    return text(launch.shared, " bytes of dynamic shared memory beside ", fixed,
                " of arrays; without cudaFuncSetAttribute a device takes ", shared_without_asking);
  if (launch.shared + fixed > most_shared)
    return text(launch.shared + fixed, " bytes of shared memory; a device takes ", most_shared);
  return {};
}

cudaError_t run_launch(const Launch& launch) {
  static Execution execution;
  const cudaError_t error = execution.run(launch, launch_seed());
  if (error != cudaSuccess) records().fail(error);
  return error;
}

/// Now, or when the graph that the stream captures is launched.
cudaError_t run_in(cudaStream_t stream, std::function<cudaError_t()> step) {
  if (!stream || !stream->captured) return step();
  stream->captured->steps.push_back(std::move(step));
  return cudaSuccess;
}

cudaError_t copy_now(void* to, const void* from, std::size_t bytes) {
  const DeviceMemory& memory = device_memory();
  if (!memory.transferable(to, bytes) || !memory.transferable(from, bytes))
    return records().fail(cudaErrorInvalidValue);
  if (bytes > 0) std::memmove(to, from, bytes);
  if (checks().instrumented) device_memory().mark_written(to, bytes);
  return cudaSuccess;
}

cudaError_t fill_now(void* to, int value, std::size_t bytes) {
  if (!device_memory().transferable(to, bytes)) return records().fail(cudaErrorInvalidValue);
  if (bytes > 0) std::memset(to, value, bytes);
  if (checks().instrumented) device_memory().mark_written(to, bytes);
  return cudaSuccess;
}

} // namespace

cudaError_t launch(Launch launch, cudaStream_t stream) {
  const std::string wrong = wrong_configuration(launch);
  if (!wrong.empty()) {
    records().report(Fault::configuration, reinterpret_cast<std::uintptr_t>(launch.kernel),
                     text(Symbols::of_library().function(launch.kernel), ": ", wrong));
    return records().fail(cudaErrorInvalidConfiguration);
  }
  run_in(stream, [launch = std::move(launch)] { return run_launch(launch); });
  return cudaSuccess;
}

cudaError_t set_shared_limit(const void* kernel, cudaFuncAttribute attribute, int value) {
  if (attribute != cudaFuncAttributeMaxDynamicSharedMemorySize) return cudaSuccess;
  const std::size_t fixed = Symbols::of_library().static_shared(kernel);
  if (value < 0 || static_cast<std::size_t>(value) + fixed > most_shared)
    return records().fail(cudaErrorInvalidValue);
  shared_limits()[kernel] = static_cast<std::size_t>(value);
  return cudaSuccess;
}

} // namespace nnc::cuda_host

using nnc::cuda_host::device_memory;
using nnc::cuda_host::records;
using nnc::cuda_host::run_in;

cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind,
                            cudaStream_t stream) {
  return run_in(stream, [=] { return nnc::cuda_host::copy_now(to, from, bytes); });
}

cudaError_t cudaMemcpy(void* to, const void* from, std::size_t bytes, cudaMemcpyKind) {
  return nnc::cuda_host::copy_now(to, from, bytes);
}

cudaError_t cudaMemsetAsync(void* to, int value, std::size_t bytes, cudaStream_t stream) {
  return run_in(stream, [=] { return nnc::cuda_host::fill_now(to, value, bytes); });
}

cudaError_t cudaMemset(void* to, int value, std::size_t bytes) {
  return nnc::cuda_host::fill_now(to, value, bytes);
}

cudaError_t cudaMalloc(void** pointer, std::size_t bytes) {
  *pointer = device_memory().allocate(bytes);
  return *pointer ? cudaSuccess : records().fail(cudaErrorMemoryAllocation);
}

cudaError_t cudaFree(void* pointer) {
  if (!pointer || device_memory().free(pointer)) return cudaSuccess;
  return records().fail(cudaErrorInvalidValue);
}

cudaError_t cudaMallocHost(void** pointer, std::size_t bytes) {
  *pointer = std::malloc(bytes);
  return *pointer ? cudaSuccess : records().fail(cudaErrorMemoryAllocation);
}

cudaError_t cudaFreeHost(void* pointer) {
  std::free(pointer);
  return cudaSuccess;
}

cudaError_t cudaStreamCreate(cudaStream_t* stream) {
  *stream = new CUstream_st;
  return cudaSuccess;
}

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned int) {
  return cudaStreamCreate(stream);
}

cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  delete stream;
  return cudaSuccess;
}

cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  if (stream && stream->captured) return records().fail(cudaErrorStreamCaptureUnsupported);
  return records().error();
}

cudaError_t cudaDeviceSynchronize() { return records().error(); }

cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode) {
  if (!stream || stream->captured) return records().fail(cudaErrorStreamCaptureUnsupported);
  stream->captured = std::make_unique<CUgraph_st>();
  return cudaSuccess;
}

cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph) {
  if (!stream || !stream->captured) return records().fail(cudaErrorIllegalState);
  *graph = stream->captured.release();
  return cudaSuccess;
}

cudaError_t cudaGraphInstantiate(cudaGraphExec_t* executable, cudaGraph_t graph,
                                 unsigned long long) {
  *executable = new CUgraphExec_st{*graph};
  return cudaSuccess;
}

cudaError_t cudaGraphLaunch(cudaGraphExec_t graph, cudaStream_t stream) {
  if (stream && stream->captured) return records().fail(cudaErrorStreamCaptureUnsupported);
  for (const auto& step : graph->graph.steps)
    if (step() != cudaSuccess) break;
  return cudaSuccess;
}

cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
  delete graph;
  return cudaSuccess;
}

cudaError_t cudaGraphExecDestroy(cudaGraphExec_t graph) {
  delete graph;
  return cudaSuccess;
}
