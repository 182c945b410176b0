#include "compiler/target/cuda/host_text.h"

#include "compiler/target/source/scalar.h"

#include <fmt/format.h>

namespace nnc::cuda {

std::string_view launch_text() {
  return R"(
template <class T>
struct as_is {
  using type = T;
};

/* Launches a kernel unless something went wrong before. */
template <class... Parameters>
static void launch(cudaError_t &error, void (*kernel)(Parameters...), unsigned blocks,
                   unsigned threads, cudaStream_t stream,
                   typename as_is<Parameters>::type... operands) {
  void *pointers[] = {(void *)&operands...};
  if (error == cudaSuccess)
    error = cudaLaunchKernel(kernel, dim3(blocks), dim3(threads), pointers, 0, stream);
}

/* One number of the device, once all work before is done; 0 when something went wrong. */
template <class T>
static T read(cudaError_t &error, cudaStream_t stream, const T *device) {
  T value = T();
  if (error == cudaSuccess)
    error = cudaMemcpyAsync(&value, device, sizeof(T), cudaMemcpyDeviceToHost, stream);
  if (error == cudaSuccess) error = cudaStreamSynchronize(stream);
  return error == cudaSuccess ? value : T();
}

__global__ void set_i64(int64_t *to, int64_t value) { *to = value; }
__global__ void set_i32(int32_t *to, int32_t value) { *to = value; }
)";
}

std::string check_text(const std::set<DType>& dtypes) {
  std::string text;
  for (const DType dtype : dtypes)
    text += fmt::format(
        "\n/* `failed` is at most `code` if an index is outside of 0..extent-1. */\n"
        "__global__ void check_indices_{0}(const {1} *__restrict__ index, int64_t count,\n"
        "                                 int64_t extent, int32_t code, int32_t *failed) {{\n"
        "  for (int64_t i = blockIdx.x * (int64_t)blockDim.x + threadIdx.x; i < count;\n"
        "       i += (int64_t)gridDim.x * blockDim.x) {{\n"
        "    if ({2}(int64_t)index[i] >= extent) atomicMin(failed, code);\n  }}\n}}\n",
        dtype_name(dtype), source::memory_type(dtype), is_signed(dtype) ? "index[i] < 0 || " : "");
  return text;
}

} // namespace nnc::cuda
