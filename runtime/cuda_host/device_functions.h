// Arithmetic rounded as its name says, bits of numbers, and integer functions of a device.
//
// The source is compiled with -ffp-contract=off, so an operation written in it is rounded once, as
// these are; `fma` is fused.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <type_traits>

namespace nnc::cuda_host {

template <class To, class From>
To bits_as(From value) {
  static_assert(sizeof(To) == sizeof(From));
  To result;
  std::memcpy(&result, &value, sizeof(To));
  return result;
}

/// A conversion of a device: what lies outside takes the nearest end, NaN is 0.
template <class To, class From>
To to_integer(From rounded) {
  constexpr To least = To(To(1) << (sizeof(To) * 8 - 1)); // of a signed type
  constexpr To low = std::is_signed_v<To> ? least : To(0), high = To(~low);
  if (std::isnan(rounded)) return To(0);
  if (rounded <= static_cast<From>(low)) return low;
  if (rounded >= static_cast<From>(high)) return high;
  return static_cast<To>(rounded);
}

/// To nearest, the even of two; the state of the host's unit is to nearest.
template <class T>
T round_even(T value) {
  return std::nearbyint(value);
}

} // namespace nnc::cuda_host

inline float __fadd_rn(float a, float b) { return a + b; }
inline float __fsub_rn(float a, float b) { return a - b; }
inline float __fmul_rn(float a, float b) { return a * b; }
inline float __fdiv_rn(float a, float b) { return a / b; }
inline float __frcp_rn(float a) { return 1.0F / a; }
inline float __fsqrt_rn(float a) { return std::sqrt(a); }
inline float __fmaf_rn(float a, float b, float c) { return std::fma(a, b, c); }
inline double __dadd_rn(double a, double b) { return a + b; }
inline double __dsub_rn(double a, double b) { return a - b; }
inline double __dmul_rn(double a, double b) { return a * b; }
inline double __ddiv_rn(double a, double b) { return a / b; }
inline double __drcp_rn(double a) { return 1.0 / a; }
inline double __dsqrt_rn(double a) { return std::sqrt(a); }
inline double __fma_rn(double a, double b, double c) { return std::fma(a, b, c); }

inline unsigned __float_as_uint(float a) { return nnc::cuda_host::bits_as<unsigned>(a); }
inline int __float_as_int(float a) { return nnc::cuda_host::bits_as<int>(a); }
inline float __uint_as_float(unsigned a) { return nnc::cuda_host::bits_as<float>(a); }
inline float __int_as_float(int a) { return nnc::cuda_host::bits_as<float>(a); }
inline long long __double_as_longlong(double a) { return nnc::cuda_host::bits_as<long long>(a); }
inline double __longlong_as_double(long long a) { return nnc::cuda_host::bits_as<double>(a); }
inline int __double2hiint(double a) { return static_cast<int>(__double_as_longlong(a) >> 32); }
inline int __double2loint(double a) { return static_cast<int>(__double_as_longlong(a)); }
inline double __hiloint2double(int high, int low) {
  const auto upper = static_cast<std::uint64_t>(static_cast<std::uint32_t>(high));
  return nnc::cuda_host::bits_as<double>(upper << 32 | static_cast<std::uint32_t>(low));
}

inline float __double2float_rn(double a) { return static_cast<float>(a); }
inline float __int2float_rn(int a) { return static_cast<float>(a); }
inline float __uint2float_rn(unsigned a) { return static_cast<float>(a); }
inline float __ll2float_rn(long long a) { return static_cast<float>(a); }
inline float __ull2float_rn(unsigned long long a) { return static_cast<float>(a); }
inline double __int2double_rn(int a) { return a; }
inline double __uint2double_rn(unsigned a) { return a; }
inline double __ll2double_rn(long long a) { return static_cast<double>(a); }
inline double __ull2double_rn(unsigned long long a) { return static_cast<double>(a); }

// From floats to integers, towards zero and to the nearest.
#define NNC_CUDA_HOST_TO_INTEGER(name, From, To)                                                   \
  inline To name##_rz(From a) { return nnc::cuda_host::to_integer<To>(std::trunc(a)); }            \
  inline To name##_rn(From a) {                                                                    \
    return nnc::cuda_host::to_integer<To>(nnc::cuda_host::round_even(a));                          \
  }                                                                                                \
  inline To name##_rd(From a) { return nnc::cuda_host::to_integer<To>(std::floor(a)); }            \
  inline To name##_ru(From a) { return nnc::cuda_host::to_integer<To>(std::ceil(a)); }
NNC_CUDA_HOST_TO_INTEGER(__float2int, float, int)
NNC_CUDA_HOST_TO_INTEGER(__float2uint, float, unsigned)
NNC_CUDA_HOST_TO_INTEGER(__float2ll, float, long long)
NNC_CUDA_HOST_TO_INTEGER(__float2ull, float, unsigned long long)
NNC_CUDA_HOST_TO_INTEGER(__double2int, double, int)
NNC_CUDA_HOST_TO_INTEGER(__double2uint, double, unsigned)
NNC_CUDA_HOST_TO_INTEGER(__double2ll, double, long long)
NNC_CUDA_HOST_TO_INTEGER(__double2ull, double, unsigned long long)
#undef NNC_CUDA_HOST_TO_INTEGER

inline int __mulhi(int a, int b) {
  return static_cast<int>((static_cast<std::int64_t>(a) * b) >> 32);
}
inline unsigned __umulhi(unsigned a, unsigned b) {
  return static_cast<unsigned>((static_cast<std::uint64_t>(a) * b) >> 32);
}
__extension__ using nnc_cuda_host_wide = unsigned __int128;
inline unsigned long long __umul64hi(unsigned long long a, unsigned long long b) {
  return static_cast<unsigned long long>((static_cast<nnc_cuda_host_wide>(a) * b) >> 64);
}
inline int __popc(unsigned a) { return __builtin_popcount(a); }
inline int __popcll(unsigned long long a) { return __builtin_popcountll(a); }
inline int __clz(int a) { return a == 0 ? 32 : __builtin_clz(static_cast<unsigned>(a)); }
inline int __clzll(long long a) {
  return a == 0 ? 64 : __builtin_clzll(static_cast<unsigned long long>(a));
}
inline int __ffs(int a) { return __builtin_ffs(a); }
inline int __ffsll(long long a) { return __builtin_ffsll(a); }
inline unsigned __brev(unsigned a) {
  unsigned result = 0;
  for (int i = 0; i < 32; ++i) result |= (a >> i & 1U) << (31 - i);
  return result;
}
inline unsigned __funnelshift_l(unsigned low, unsigned high, unsigned shift) {
  const auto both = static_cast<std::uint64_t>(high) << 32 | low;
  return static_cast<unsigned>(both << (shift & 31U) >> 32);
}
inline unsigned __funnelshift_r(unsigned low, unsigned high, unsigned shift) {
  const auto both = static_cast<std::uint64_t>(high) << 32 | low;
  return static_cast<unsigned>(both >> (shift & 31U));
}

template <class T>
T __ldg(const T* address) {
  return *address;
}
template <class T>
T __ldcs(const T* address) {
  return *address;
}
template <class T>
T __ldcg(const T* address) {
  return *address;
}
template <class T>
void __stcs(T* address, T value) {
  *address = value;
}
template <class T>
void __stcg(T* address, T value) {
  *address = value;
}

// Names that a device has in the global namespace.
using std::abs;
inline float rsqrtf(float a) { return static_cast<float>(1.0 / std::sqrt(static_cast<double>(a))); }
inline double rsqrt(double a) { return 1.0 / std::sqrt(a); }
template <class T, class U>
constexpr std::common_type_t<T, U> min(T a, U b) {
  using Type = std::common_type_t<T, U>;
  if constexpr (std::is_floating_point_v<Type>) return static_cast<Type>(std::fmin(a, b));
  return static_cast<Type>(b) < static_cast<Type>(a) ? static_cast<Type>(b) : static_cast<Type>(a);
}
template <class T, class U>
constexpr std::common_type_t<T, U> max(T a, U b) {
  using Type = std::common_type_t<T, U>;
  if constexpr (std::is_floating_point_v<Type>) return static_cast<Type>(std::fmax(a, b));
  return static_cast<Type>(a) < static_cast<Type>(b) ? static_cast<Type>(b) : static_cast<Type>(a);
}
