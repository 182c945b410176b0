#include "compiler/target/source/half_floats.h"

namespace nnc::source {
namespace {

constexpr Primitive primitives[] = {
    {"bf16_to_f32", "from_bits_f32",
     "$float bf16_to_f32(uint16_t x) { return from_bits_f32((int32_t)((uint32_t)x << 16)); }\n"},
    {"f32_to_bf16", "bits_f32", R"(/* To nearest, half to even. */
$uint16_t f32_to_bf16(float x) {
  const uint32_t bits = (uint32_t)bits_f32(x);
  if (x != x) return (uint16_t)(bits >> 16 | 0x40);
  return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}
)"},
    {"f64_to_odd_f32", "bits_f32 from_bits_f32 abs_f64",
     R"(/* Rounded to odd: a second rounding to 16 bits is as if there were one. */
$float f64_to_odd_f32(double x) {
  const float nearest = (float)x;
  if (nearest == x || x != x) return nearest;
  return from_bits_f32((bits_f32(nearest) - (abs_f64(nearest) > abs_f64(x))) | 1);
}
)"},
    {"f64_to_f16", "f32_to_f16 f64_to_odd_f32",
     "$uint16_t f64_to_f16(double x) { return f32_to_f16(f64_to_odd_f32(x)); }\n"},
    {"f64_to_bf16", "f32_to_bf16 f64_to_odd_f32",
     "$uint16_t f64_to_bf16(double x) { return f32_to_bf16(f64_to_odd_f32(x)); }\n"},
    {"sticky_f64", "",
     R"(/* x, with low bits that no double holds as one: a further rounding is right. */
$double sticky_f64(int64_t x) {
  const bool held = x >= -(INT64_C(1) << 53) && x <= INT64_C(1) << 53;
  return (double)(held || (x & 1023) == 0 ? x : (x & ~INT64_C(1023)) | 1024);
}
)"},
};

} // namespace

std::span<const Primitive> half_float_primitives() { return primitives; }

} // namespace nnc::source
