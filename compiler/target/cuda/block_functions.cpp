#include "compiler/target/cuda/block_functions.h"

#include "compiler/target/source/scalar.h"

#include <fmt/format.h>

namespace nnc::cuda {

std::string block_reduction(source::Library& library, Combiner combiner, DType dtype) {
  const std::string name = fmt::format("block_{}_{}", combiner_name(combiner), dtype_name(dtype));
  return library.define(name, [&] {
    const std::string_view type = source::value_type(dtype);
    const std::string joined = source::combine(library, combiner, dtype, {"x"}, {"y"}).text;
    const std::string lane = dtype_size(dtype) < 4 ? "(int)x" : "x"; // what lanes can exchange
    return fmt::format("/* Over the threads of a block, in all of them. */\n"
                       "static __device__ {0} {1}({0} x) {{\n"
                       "  __shared__ {0} of_warps[32];\n"
                       "  for (int lanes = 16; lanes > 0; lanes /= 2) {{\n"
                       "    const {0} y = __shfl_xor_sync(0xffffffffu, {3}, lanes);\n"
                       "    x = {2};\n  }}\n"
                       "  __syncthreads();\n"
                       "  if (threadIdx.x % 32 == 0) of_warps[threadIdx.x / 32] = x;\n"
                       "  __syncthreads();\n"
                       "  x = of_warps[0];\n"
                       "  for (unsigned w = 1; w < blockDim.x / 32; ++w) {{\n"
                       "    const {0} y = of_warps[w];\n"
                       "    x = {2};\n  }}\n"
                       "  return x;\n}}\n",
                       type, name, joined, lane);
  });
}

} // namespace nnc::cuda
