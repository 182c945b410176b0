#include "compiler/target/cuda/primitives.h"

namespace nnc::cuda {
namespace {

using source::Primitive;

constexpr Primitive primitives[] = {
    {"bits_f32", "", "$int32_t bits_f32(float x) { return __float_as_int(x); }\n"},
    {"from_bits_f32", "", "$float from_bits_f32(int32_t x) { return __int_as_float(x); }\n"},
    {"bits_f64", "", "$int64_t bits_f64(double x) { return __double_as_longlong(x); }\n"},
    {"from_bits_f64", "", "$double from_bits_f64(int64_t x) { return __longlong_as_double(x); }\n"},
    {"mul_f32", "",
     "/* A product that is rounded by itself. */\n"
     "$float mul_f32(float a, float b) { return __fmul_rn(a, b); }\n"},
    {"mul_f64", "",
     "/* A product that is rounded by itself. */\n"
     "$double mul_f64(double a, double b) { return __dmul_rn(a, b); }\n"},
    {"fma_f32", "", "$float fma_f32(float a, float b, float c) { return __fmaf_rn(a, b, c); }\n"},
    {"fma_f64", "",
     "$double fma_f64(double a, double b, double c) { return __fma_rn(a, b, c); }\n"},
    {"abs_f32", "", "$float abs_f32(float x) { return fabsf(x); }\n"},
    {"abs_f64", "", "$double abs_f64(double x) { return fabs(x); }\n"},
    {"sqrt_f32", "", "$float sqrt_f32(float x) { return __fsqrt_rn(x); }\n"},
    {"sqrt_f64", "", "$double sqrt_f64(double x) { return __dsqrt_rn(x); }\n"},
    {"round_f32", "", "$float round_f32(float x) { return rintf(x); }\n"},
    {"round_f64", "", "$double round_f64(double x) { return rint(x); }\n"},
    {"floor_f32", "", "$float floor_f32(float x) { return floorf(x); }\n"},
    {"floor_f64", "", "$double floor_f64(double x) { return floor(x); }\n"},
    {"ceil_f32", "", "$float ceil_f32(float x) { return ceilf(x); }\n"},
    {"ceil_f64", "", "$double ceil_f64(double x) { return ceil(x); }\n"},
    {"rem_f32", "", "$float rem_f32(float x, float y) { return fmodf(x, y); }\n"},
    {"rem_f64", "", "$double rem_f64(double x, double y) { return fmod(x, y); }\n"},
    {"f16_to_f32", "",
     "$float f16_to_f32(uint16_t x) { return __half2float(__ushort_as_half(x)); "
     "}\n"},
    {"f32_to_f16", "",
     "$uint16_t f32_to_f16(float x) { return __half_as_ushort(__float2half_rn(x)); }\n"},
};

} // namespace

const source::Language& language() {
  static const source::Language cuda{.name = "CUDA",
                                     .function = "static __device__ __forceinline__ ",
                                     .primitives = primitives,
                                     .fuses_products = true};
  return cuda;
}

} // namespace nnc::cuda
