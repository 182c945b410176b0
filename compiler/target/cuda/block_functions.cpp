#include "compiler/target/cuda/block_functions.h"

#include "compiler/target/source/scalar.h"
#include "ir/kernel/combiner.h"

#include <fmt/format.h>

namespace nnc::cuda {

namespace {

/// Is it y, at `b`, rather than x, at `at`? NaN first, then the extreme, of equals the first.
std::string comes_first(source::Library& library, Combiner combiner, DType dtype) {
  const auto real = [&](const char* name) {
    return source::at_least(source::convert(library, {name}, dtype, compute_dtype(dtype)),
                            source::Level::sum);
  };
  const std::string x = real("x"), y = real("y");
  std::string text =
      fmt::format("{0} {2} {1} || ({0} == {1} && b < at)", y, x, is_largest(combiner) ? ">" : "<");
  if (is_float(dtype))
    text = fmt::format("{0} != {0} ? {1} == {1} || b < at : {1} == {1} && ({2})", y, x, text);
  return text;
}

/// Joins one value of each lane, then one of each warp, by `{join}`.
constexpr std::string_view block_text = R"(/* Over the threads of a block, in all of them. */
static __device__ {result} {name}({type} x{parameter}) {{
  __shared__ {type} of_warps[32];{storage}
  for (int lanes = 16; lanes > 0; lanes /= 2) {{
    const {type} y = __shfl_xor_sync(0xffffffffu, {lane}, lanes);{exchange}
    {join}
  }}
  __syncthreads();
  if (threadIdx.x % 32 == 0) {{
    of_warps[threadIdx.x / 32] = x;{put}
  }}
  __syncthreads();
  x = of_warps[0];{first}
  for (unsigned w = 1; w < blockDim.x / 32; ++w) {{
    const {type} y = of_warps[w];{next}
    {join}
  }}
  return {returned};
}}
)";

} // namespace

std::string block_reduction(source::Library& library, Combiner combiner, DType dtype) {
  const std::string name = fmt::format("block_{}_{}", combiner_name(combiner), dtype_name(dtype));
  const bool at = gives_position(combiner);
  return library.define(name, [&] {
    const std::string join =
        at ? fmt::format("if ({}) {{ x = y; at = b; }}", comes_first(library, combiner, dtype))
           : fmt::format("x = {};", source::combine(library, combiner, dtype, {"x"}, {"y"}).text);
    const auto with = [at](const char* text) { return at ? text : ""; };
    return fmt::format(
        fmt::runtime(block_text), fmt::arg("type", source::value_type(dtype)),
        fmt::arg("result", at ? std::string_view("int64_t") : source::value_type(dtype)),
        fmt::arg("name", name), fmt::arg("join", join),
        fmt::arg("lane", dtype_size(dtype) < 4 ? "(int)x" : "x"), // what lanes can exchange
        fmt::arg("parameter", with(", int64_t at")),
        fmt::arg("storage", with("\n  __shared__ int64_t at_warps[32];")),
        fmt::arg("exchange",
                 with("\n    const int64_t b = __shfl_xor_sync(0xffffffffu, at, lanes);")),
        fmt::arg("put", with("\n    at_warps[threadIdx.x / 32] = at;")),
        fmt::arg("first", with("\n  at = at_warps[0];")),
        fmt::arg("next", with("\n    const int64_t b = at_warps[w];")),
        fmt::arg("returned", at ? "at" : "x"));
  });
}

} // namespace nnc::cuda
