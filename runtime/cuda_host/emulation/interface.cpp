#include "interface.h"

#include "execution.h"
#include "memory.h"
#include "stream.h"

namespace nnc::cuda_host {

std::uint64_t& launch_seed() {
  static std::uint64_t seed = 1;
  return seed;
}

namespace {

void set_seed(std::uint64_t seed) { launch_seed() = seed; }

bool set_checks(bool on) {
  checks().on = on;
  return on && checks().instrumented;
}

void name_buffer(const void* buffer, const char* name) { device_memory().name(buffer, name); }

int copy(void* to, const void* from, std::size_t bytes) {
  return cudaMemcpy(to, from, bytes, cudaMemcpyDefault);
}

constexpr Interface functions{
    set_seed,
    set_checks,
    name_buffer,
    [] { return records().report_count(); },
    [](std::size_t index) { return records().report_at(index); },
    [](const char* kernel) { return records().total(kernel); },
    [] { records().reset(); },
    copy,
};

} // namespace

} // namespace nnc::cuda_host

const nnc::cuda_host::Interface* nnc_cuda_host() { return &nnc::cuda_host::functions; }

const char* cudaGetErrorString(cudaError_t error) {
  switch (error) {
  case cudaSuccess:
    return "no error";
  case cudaErrorInvalidValue:
    return "invalid argument";
  case cudaErrorMemoryAllocation:
    return "out of memory";
  case cudaErrorInvalidConfiguration:
    return "invalid configuration argument";
  case cudaErrorInvalidDevice:
    return "invalid device ordinal";
  case cudaErrorInvalidResourceHandle:
    return "invalid resource handle";
  case cudaErrorIllegalState:
    return "the operation cannot be performed in the present state";
  case cudaErrorIllegalAddress:
    return "an illegal memory access was encountered";
  case cudaErrorMisalignedAddress:
    return "misaligned address";
  case cudaErrorLaunchFailure:
    return "unspecified launch failure";
  case cudaErrorStreamCaptureUnsupported:
    return "operation not permitted when stream is capturing";
  }
  return "unrecognized error code";
}

const char* cudaGetErrorName(cudaError_t error) {
  switch (error) {
  case cudaSuccess:
    return "cudaSuccess";
  case cudaErrorInvalidValue:
    return "cudaErrorInvalidValue";
  case cudaErrorMemoryAllocation:
    return "cudaErrorMemoryAllocation";
  case cudaErrorInvalidConfiguration:
    return "cudaErrorInvalidConfiguration";
  case cudaErrorInvalidDevice:
    return "cudaErrorInvalidDevice";
  case cudaErrorInvalidResourceHandle:
    return "cudaErrorInvalidResourceHandle";
  case cudaErrorIllegalState:
    return "cudaErrorIllegalState";
  case cudaErrorIllegalAddress:
    return "cudaErrorIllegalAddress";
  case cudaErrorMisalignedAddress:
    return "cudaErrorMisalignedAddress";
  case cudaErrorLaunchFailure:
    return "cudaErrorLaunchFailure";
  case cudaErrorStreamCaptureUnsupported:
    return "cudaErrorStreamCaptureUnsupported";
  }
  return "unrecognized error code";
}

cudaError_t cudaGetLastError() { return nnc::cuda_host::records().take_error(); }
cudaError_t cudaPeekAtLastError() { return nnc::cuda_host::records().error(); }

cudaError_t cudaGetDeviceCount(int* count) {
  *count = 1;
  return cudaSuccess;
}

cudaError_t cudaGetDevice(int* device) {
  *device = 0;
  return cudaSuccess;
}

cudaError_t cudaSetDevice(int device) {
  return device == 0 ? cudaSuccess : nnc::cuda_host::records().fail(cudaErrorInvalidDevice);
}
