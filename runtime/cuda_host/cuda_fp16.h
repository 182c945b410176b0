// f16 with CUDA's names.
#pragma once

#include "small_floats.h"

using __half = nnc::cuda_host::SmallFloat<nnc::cuda_host::to_f16, nnc::cuda_host::from_f16>;
using half = __half;
using __half2 = nnc::cuda_host::Vector<__half, 2>;
using half2 = __half2;

inline __half __float2half(float a) { return a; }
inline __half __float2half_rn(float a) { return a; }
inline __half __double2half(double a) { return a; }
inline float __half2float(__half a) { return a; }
inline unsigned short __half_as_ushort(__half a) { return a.bits; }
inline __half __ushort_as_half(unsigned short bits) { return __half::of_bits(bits); }
inline __half2 __halves2half2(__half low, __half high) { return __half2{low, high}; }
inline __half2 __floats2half2_rn(float low, float high) { return __half2{low, high}; }
inline __half __low2half(__half2 a) { return a.x; }
inline __half __high2half(__half2 a) { return a.y; }
