// f16 and bf16 as bits: conversions rounded once to nearest even, and the types that hold them.
//
// Arithmetic is in f32 and rounded: for + - * / and comparison that is what a device computes, as
// 24 bits of f32 are at least twice those of the operands plus two.
#pragma once

#include "device_functions.h"
#include "vector_types.h"

namespace nnc::cuda_host {

/// To f32 so that a second rounding to fewer bits is right: inexact results get an odd last bit.
inline float to_odd(double value) {
  const float nearest = static_cast<float>(value);
  if (static_cast<double>(nearest) == value || std::isnan(value)) return nearest;
  auto bits = bits_as<std::uint32_t>(nearest);
  const bool beyond = std::fabs(static_cast<double>(nearest)) > std::fabs(value);
  if (beyond) --bits; // the magnitude below
  return bits_as<float>(bits | 1U);
}

/// value / 2^shift of a magnitude, to nearest even.
inline std::uint32_t shift_even(std::uint32_t value, unsigned shift) {
  if (shift > 31) return 0;
  const std::uint32_t half = (1U << shift) >> 1U, rest = value & ((1U << shift) - 1U);
  const std::uint32_t kept = value >> shift;
  return kept + (rest > half || (rest == half && (kept & 1U)) ? 1U : 0U);
}

inline std::uint16_t to_f16(float value) {
  const auto bits = bits_as<std::uint32_t>(value);
  const std::uint32_t sign = bits >> 16 & 0x8000U, magnitude = bits & 0x7fffffffU;
  if (magnitude > 0x7f800000U) return 0x7fffU; // the NaN of a device
  std::uint32_t result;
  if (magnitude < 0x38800000U) { // below 2^-14: a multiple of 2^-24
    const std::uint32_t exponent = magnitude >> 23;
    const std::uint32_t fraction = (magnitude & 0x7fffffU) | (exponent ? 0x800000U : 0U);
    result = shift_even(fraction, 126U - (exponent ? exponent : 1U));
  } else {
    result = shift_even(magnitude - 0x38000000U, 13);
    if (result > 0x7c00U) result = 0x7c00U;
  }
  return static_cast<std::uint16_t>(sign | result);
}

inline float from_f16(std::uint16_t bits) {
  const std::uint32_t sign = (bits & 0x8000U) << 16, magnitude = bits & 0x7fffU;
  if (magnitude < 0x400U) { // a multiple of 2^-24, exact in f32
    const float value = static_cast<float>(magnitude) * 0x1p-24F;
    return bits_as<float>(bits_as<std::uint32_t>(value) | sign);
  }
  const std::uint32_t exponent = magnitude >= 0x7c00U ? 0x70000000U : 0x38000000U;
  return bits_as<float>(sign | (exponent + (magnitude << 13)));
}

inline std::uint16_t to_bf16(float value) {
  const auto bits = bits_as<std::uint32_t>(value);
  if ((bits & 0x7fffffffU) > 0x7f800000U) return 0x7fffU;
  return static_cast<std::uint16_t>((bits + 0x7fffU + (bits >> 16 & 1U)) >> 16);
}

inline float from_bf16(std::uint16_t bits) {
  return bits_as<float>(static_cast<std::uint32_t>(bits) << 16);
}

using ToBits = std::uint16_t (*)(float);
using FromBits = float (*)(std::uint16_t);

/// A number of 16 bits.
template <ToBits to, FromBits from>
struct SmallFloat {
  std::uint16_t bits;

  constexpr SmallFloat() : bits(0) {} // constant, so that shared arrays need no guard
  SmallFloat(float value) : bits(to(value)) {}
  SmallFloat(double value) : bits(to(to_odd(value))) {}
  SmallFloat(int value) : SmallFloat(static_cast<double>(value)) {}
  operator float() const { return from(bits); }
  SmallFloat operator-() const { return of_bits(static_cast<std::uint16_t>(bits ^ 0x8000U)); }
  SmallFloat& operator+=(SmallFloat b) { return *this = *this + b; }
  SmallFloat& operator-=(SmallFloat b) { return *this = *this - b; }
  SmallFloat& operator*=(SmallFloat b) { return *this = *this * b; }
  SmallFloat& operator/=(SmallFloat b) { return *this = *this / b; }
  friend SmallFloat operator+(SmallFloat a, SmallFloat b) { return float(a) + float(b); }
  friend SmallFloat operator-(SmallFloat a, SmallFloat b) { return float(a) - float(b); }
  friend SmallFloat operator*(SmallFloat a, SmallFloat b) { return float(a) * float(b); }
  friend SmallFloat operator/(SmallFloat a, SmallFloat b) { return float(a) / float(b); }
  friend bool operator==(SmallFloat a, SmallFloat b) { return float(a) == float(b); }
  friend bool operator!=(SmallFloat a, SmallFloat b) { return float(a) != float(b); }
  friend bool operator<(SmallFloat a, SmallFloat b) { return float(a) < float(b); }
  friend bool operator<=(SmallFloat a, SmallFloat b) { return float(a) <= float(b); }
  friend bool operator>(SmallFloat a, SmallFloat b) { return float(a) > float(b); }
  friend bool operator>=(SmallFloat a, SmallFloat b) { return float(a) >= float(b); }

  static SmallFloat of_bits(std::uint16_t bits) {
    SmallFloat result;
    result.bits = bits;
    return result;
  }
};

} // namespace nnc::cuda_host

// What CUDA names alike for both.
#define NNC_CUDA_HOST_SMALL template <nnc::cuda_host::ToBits to, nnc::cuda_host::FromBits from>
#define NNC_CUDA_HOST_NUMBER nnc::cuda_host::SmallFloat<to, from>
NNC_CUDA_HOST_SMALL NNC_CUDA_HOST_NUMBER __hadd(NNC_CUDA_HOST_NUMBER a, NNC_CUDA_HOST_NUMBER b) {
  return a + b;
}
NNC_CUDA_HOST_SMALL NNC_CUDA_HOST_NUMBER __hsub(NNC_CUDA_HOST_NUMBER a, NNC_CUDA_HOST_NUMBER b) {
  return a - b;
}
NNC_CUDA_HOST_SMALL NNC_CUDA_HOST_NUMBER __hmul(NNC_CUDA_HOST_NUMBER a, NNC_CUDA_HOST_NUMBER b) {
  return a * b;
}
NNC_CUDA_HOST_SMALL NNC_CUDA_HOST_NUMBER __hdiv(NNC_CUDA_HOST_NUMBER a, NNC_CUDA_HOST_NUMBER b) {
  return a / b;
}
NNC_CUDA_HOST_SMALL NNC_CUDA_HOST_NUMBER __hneg(NNC_CUDA_HOST_NUMBER a) { return -a; }
NNC_CUDA_HOST_SMALL bool __hisnan(NNC_CUDA_HOST_NUMBER a) { return std::isnan(float(a)); }
NNC_CUDA_HOST_SMALL float __low2float(nnc::cuda_host::Vector<NNC_CUDA_HOST_NUMBER, 2> a) {
  return a.x;
}
NNC_CUDA_HOST_SMALL float __high2float(nnc::cuda_host::Vector<NNC_CUDA_HOST_NUMBER, 2> a) {
  return a.y;
}
#undef NNC_CUDA_HOST_SMALL
#undef NNC_CUDA_HOST_NUMBER
