#include "compiler/target/c/primitives.h"

#include <vector>

namespace nnc::c {
namespace {

using source::Primitive;

constexpr Primitive bits[] = {
    {"bits_f32", "", R"($int32_t bits_f32(float x) {
  const union { float value; int32_t bits; } both = {x};
  return both.bits;
}
)"},
    {"from_bits_f32", "", R"($float from_bits_f32(int32_t x) {
  const union { int32_t bits; float value; } both = {x};
  return both.value;
}
)"},
    {"bits_f64", "", R"($int64_t bits_f64(double x) {
  const union { double value; int64_t bits; } both = {x};
  return both.bits;
}
)"},
    {"from_bits_f64", "", R"($double from_bits_f64(int64_t x) {
  const union { int64_t bits; double value; } both = {x};
  return both.value;
}
)"},
    {"abs_f32", "bits_f32 from_bits_f32",
     "$float abs_f32(float x) { return from_bits_f32(bits_f32(x) & INT32_MAX); }\n"},
    {"abs_f64", "bits_f64 from_bits_f64",
     "$double abs_f64(double x) { return from_bits_f64(bits_f64(x) & INT64_MAX); }\n"},
    {"sign_of_f32", "bits_f32 from_bits_f32 abs_f32", R"(/* |x| with the sign of y. */
$float sign_of_f32(float x, float y) {
  return from_bits_f32((bits_f32(x) & INT32_MAX) | (bits_f32(y) & INT32_MIN));
}
)"},
    {"sign_of_f64", "bits_f64 from_bits_f64 abs_f64", R"(/* |x| with the sign of y. */
$double sign_of_f64(double x, double y) {
  return from_bits_f64((bits_f64(x) & INT64_MAX) | (bits_f64(y) & INT64_MIN));
}
)"},
};

constexpr Primitive rounding[] = {
    {"round_f32", "sign_of_f32", R"(/* To the nearest integer, half to even. */
$float round_f32(float x) {
  return abs_f32(x) < 0x1p23f ? sign_of_f32(abs_f32(x) + 0x1p23f - 0x1p23f, x) : x;
}
)"},
    {"round_f64", "sign_of_f64", R"(/* To the nearest integer, half to even. */
$double round_f64(double x) {
  return abs_f64(x) < 0x1p52 ? sign_of_f64(abs_f64(x) + 0x1p52 - 0x1p52, x) : x;
}
)"},
    {"floor_f32", "round_f32", R"($float floor_f32(float x) {
  const float y = round_f32(x);
  return sign_of_f32(y > x ? y - 1 : y, x);
}
)"},
    {"floor_f64", "round_f64", R"($double floor_f64(double x) {
  const double y = round_f64(x);
  return sign_of_f64(y > x ? y - 1 : y, x);
}
)"},
    {"ceil_f32", "round_f32", R"($float ceil_f32(float x) {
  const float y = round_f32(x);
  return sign_of_f32(y < x ? y + 1 : y, x);
}
)"},
    {"ceil_f64", "round_f64", R"($double ceil_f64(double x) {
  const double y = round_f64(x);
  return sign_of_f64(y < x ? y + 1 : y, x);
}
)"},
};

constexpr Primitive fused[] = {
    {"to_odd_f64", "bits_f64 from_bits_f64",
     R"(/* A sum with what its rounding lost, rounded to odd: rounding it to half as many bits is as
   if there had been one rounding. */
$double to_odd_f64(double sum, double lost) {
  const int64_t bits = bits_f64(sum);
  if (!(lost < 0 || lost > 0) || (bits & 1)) return sum;
  return from_bits_f64((lost > 0) == (sum > 0) ? bits + 1 : bits - 1);
}
)"},
    {"fma_f32", "to_odd_f64", R"(/* a * b + c, rounded once. */
$float fma_f32(float a, float b, float c) {
#if defined(__FMA__) || defined(__FP_FAST_FMAF)
  return __builtin_fmaf(a, b, c);
#else
  const double product = (double)a * b, sum = product + c, part = sum - product;
  return (float)to_odd_f64(sum, (product - (sum - part)) + (c - part));
#endif
}
)"},
    {"wide", "", R"(/* 128 bits. */
typedef struct { uint64_t high, low; } wide;

$wide product_wide(uint64_t a, uint64_t b) {
  const uint64_t half = UINT32_MAX, low = (a & half) * (b & half);
  const uint64_t left = (a >> 32) * (b & half) + (low >> 32);
  const uint64_t right = (a & half) * (b >> 32) + (left & half);
  const wide product = {(a >> 32) * (b >> 32) + (left >> 32) + (right >> 32),
                        (right << 32) | (low & half)};
  return product;
}

/* x / 2^n; the lowest bit is set where ones were shifted out. */
$wide shift_right_wide(wide x, int64_t n) {
  if (n > 127) n = 127;
  while (n > 0) {
    const int step = n < 63 ? (int)n : 63;
    const uint64_t lost = x.low & ((UINT64_C(1) << step) - 1);
    x.low = (x.low >> step) | (x.high << (64 - step)) | (lost != 0);
    x.high >>= step;
    n -= step;
  }
  return x;
}

$wide shift_left_wide(wide x, int n) {
  const wide shifted = {(x.high << n) | (x.low >> (64 - n)), x.low << n};
  return shifted;
}

/* a + b, or a - b where a >= b. */
$wide sum_wide(wide a, wide b) {
  const wide sum = {a.high + b.high + (a.low + b.low < a.low), a.low + b.low};
  return sum;
}

$wide difference_wide(wide a, wide b) {
  const wide difference = {a.high - b.high - (a.low < b.low), a.low - b.low};
  return difference;
}
)"},
    {"parts_f64", "wide bits_f64 from_bits_f64",
     R"(/* |x| as an integer of 53 bits times 2^*exponent, for a finite x other than 0. */
$uint64_t parts_f64(double x, int64_t *exponent) {
  const int64_t bits = bits_f64(x), field = (bits >> 52) & 2047;
  uint64_t whole = (uint64_t)bits & ((UINT64_C(1) << 52) - 1);
  *exponent = field ? field - 1075 : -1074;
  if (field) return whole | (UINT64_C(1) << 52);
  for (; !(whole >> 52); --*exponent) whole <<= 1;
  return whole;
}

/* x * 2^exponent in 64 bits, rounded to a double. */
$double rounded_f64(uint64_t x, int64_t exponent) {
  const int64_t dropped = exponent < -1085 ? -1074 - exponent : 11;
  if (dropped > 63) return dropped == 64 && x > UINT64_C(1) << 63 ? 0x1p-1074 : 0;
  const uint64_t rest = x & ((UINT64_C(1) << dropped) - 1), tie = UINT64_C(1) << (dropped - 1);
  uint64_t kept = x >> dropped;
  kept += rest > tie || (rest == tie && (kept & 1));
  exponent += dropped;
  if (exponent > 1000) return INFINITY;
  const int64_t half = exponent / 2;
  return (double)kept * from_bits_f64((half + 1023) << 52) *
         from_bits_f64((exponent - half + 1023) << 52);
}
)"},
    {"fma_f64", "parts_f64 abs_f64", R"(/* a * b + c, rounded once. */
$double fma_f64(double a, double b, double c) {
#if defined(__FMA__) || defined(__FP_FAST_FMA)
  return __builtin_fma(a, b, c);
#else
  if (c == 0 && a != 0 && b != 0) return a * b;
  if (a == 0 || b == 0 || !(abs_f64(a) + abs_f64(b) + abs_f64(c) < INFINITY)) {
    const bool finite = abs_f64(a) < INFINITY && abs_f64(b) < INFINITY;
    if (!finite || a == 0 || b == 0 || !(abs_f64(c) < INFINITY))
      return finite && !(abs_f64(c) < INFINITY) ? c : a * b + c;
  }
  int64_t at, other;
  const uint64_t x = parts_f64(a, &at), y = parts_f64(b, &other);
  wide product = shift_left_wide(product_wide(x, y), 20);
  at += other - 20;
  wide addend = {parts_f64(c, &other) << 8, 0};
  other -= 72;
  if (other < at) addend = shift_right_wide(addend, at - other);
  if (at < other) product = shift_right_wide(product, other - at);
  if (at < other) at = other;
  const bool product_negative = (a < 0) != (b < 0), negative = c < 0;
  const bool product_larger = product.high > addend.high ||
                              (product.high == addend.high && product.low >= addend.low);
  wide sum = product_negative == negative ? sum_wide(product, addend)
             : product_larger             ? difference_wide(product, addend)
                                          : difference_wide(addend, product);
  if (sum.high == 0 && sum.low == 0) return 0;
  for (; !(sum.high >> 63); --at) sum = shift_left_wide(sum, 1);
  const double size = rounded_f64(sum.high | (sum.low != 0), at + 64);
  return (product_larger ? product_negative : negative) ? -size : size;
#endif
}
)"},
};

constexpr Primitive roots[] = {
    {"sqrt_f64", "fma_f64", R"($double sqrt_f64(double x) {
#ifdef __SSE2__
  return _mm_cvtsd_f64(_mm_sqrt_pd(_mm_set1_pd(x)));
#else
  if (!(x > 0 && x < INFINITY)) return x == 0 || x > 0 ? x : NAN;
  const bool small = x < 0x1p-900;
  if (small) x *= 0x1p120;
  double y = from_bits_f64((bits_f64(x) >> 1) + (INT64_C(1023) << 51));
  for (int i = 0; i < 5; ++i) y = 0.5 * (y + x / y);
  y += fma_f64(-y, y, x) / (2 * y);
  /* x lies beyond the middle between y and a neighbour if it does beyond their product. */
  const double below = from_bits_f64(bits_f64(y) - 1), above = from_bits_f64(bits_f64(y) + 1);
  if (fma_f64(-y, below, x) <= 0) y = below;
  if (fma_f64(-y, above, x) > 0) y = above;
  return small ? y * 0x1p-60 : y;
#endif
}
)"},
    {"sqrt_f32", "bits_f64 from_bits_f64", R"($float sqrt_f32(float x) {
#ifdef __SSE2__
  return _mm_cvtss_f32(_mm_sqrt_ss(_mm_set_ss(x)));
#else
  if (!(x > 0 && x < INFINITY)) return x == 0 || x > 0 ? x : NAN;
  double y = from_bits_f64((bits_f64(x) >> 1) + (INT64_C(1023) << 51));
  for (int i = 0; i < 5; ++i) y = 0.5 * (y + x / y);
  return (float)y;
#endif
}
)"},
    {"rem_f64", "abs_f64 sign_of_f64",
     R"(/* What is left of x when the largest multiples y * 2^n are taken away, which is exact. */
$double rest_f64(double x, double y) {
  while (x >= y) {
    const double part = from_bits_f64((bits_f64(x) & INT64_C(0x7ff0000000000000)) |
                                      (bits_f64(y) & INT64_C(0x000fffffffffffff)));
    x -= part > x ? 0.5 * part : part;
  }
  return x;
}

/* The remainder of a truncated quotient, with the sign of x. */
$double rem_f64(double x, double y) {
  if (!(abs_f64(x) < INFINITY && abs_f64(y) > 0)) return NAN;
  /* A divisor near the denormals is scaled up, and the rest that it leaves along with it. */
  const double scale = abs_f64(y) < 0x1p-900 ? 0x1p100 : 1, by = abs_f64(y) * scale;
  return sign_of_f64(rest_f64(rest_f64(abs_f64(x), by) * scale, by) / scale, x);
}
)"},
    {"rem_f32", "rem_f64", "$float rem_f32(float x, float y) { return (float)rem_f64(x, y); }\n"},
};

constexpr Primitive halves[] = {
    {"f16_to_f32", "bits_f32 from_bits_f32", R"($float f16_to_f32(uint16_t x) {
  const uint32_t exponent = x >> 10 & 31, fraction = x & 1023;
  uint32_t bits = (exponent + 112) << 23 | fraction << 13;
  if (exponent == 31) bits |= 0x7f800000;
  if (exponent == 0) bits = (uint32_t)bits_f32((float)fraction * 0x1p-24f);
  return from_bits_f32((int32_t)(bits | (uint32_t)(x & 0x8000) << 16));
}
)"},
    {"f32_to_f16", "bits_f32 from_bits_f32", R"(/* To nearest, half to even. */
$uint16_t f32_to_f16(float x) {
  const uint32_t bits = (uint32_t)bits_f32(x), size = bits & INT32_MAX;
  uint32_t half = (size + 0xfff + (size >> 13 & 1) - 0x38000000) >> 13;
  if (size < 0x38800000) /* the sum rounds to a multiple of 2^-24 */
    half = (uint32_t)bits_f32(from_bits_f32((int32_t)size) + 0.5f) - 0x3f000000;
  if (size >= 0x477ff000) half = 0x7c00;
  if (size > 0x7f800000) half = 0x7e00 | (size >> 13 & 0x3ff);
  return (uint16_t)(half | (bits >> 16 & 0x8000));
}
)"},
};

} // namespace

const source::Language& language() {
  static const std::vector<Primitive> all = [] {
    std::vector<Primitive> list;
    for (const std::span<const Primitive> part :
         {std::span<const Primitive>(bits), std::span<const Primitive>(rounding),
          std::span<const Primitive>(fused), std::span<const Primitive>(roots),
          std::span<const Primitive>(halves)})
      list.insert(list.end(), part.begin(), part.end());
    return list;
  }();
  static const source::Language c{.name = "C", .function = "static inline ", .primitives = all};
  return c;
}

} // namespace nnc::c
