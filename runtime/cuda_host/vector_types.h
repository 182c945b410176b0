// float4 and its like, with CUDA's sizes and alignments, dim3 and the indices of a thread.
//
// A vector of 8 or 16 bytes is read and written by one access. A compiler takes copies of structs
// apart before they are instrumented, so in instrumented code the copy says itself what it does.
#pragma once

#include <cstddef>

#if defined(__SANITIZE_THREAD__)
#define NNC_CUDA_HOST_CHECKED 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define NNC_CUDA_HOST_CHECKED 1
#endif
#endif

extern "C" {
void nnc_cuda_host_read(const void* from, std::size_t bytes);
void nnc_cuda_host_write(void* to, std::size_t bytes);
}

namespace nnc::cuda_host {

/// Copies without the compiler's knowledge of parts, after both accesses are reported.
template <std::size_t bytes>
[[gnu::always_inline]] inline void copy_whole(void* to, const void* from) {
  static_assert(bytes == 2 || bytes == 4 || bytes == 8 || bytes == 16 || bytes == 32);
  constexpr std::size_t width = bytes > 16 ? 16 : bytes;
  for (std::size_t i = 0; i < bytes; i += width) {
    struct [[gnu::may_alias]] Part {
      char all[width];
    };
    auto* target = reinterpret_cast<Part*>(static_cast<char*>(to) + i);
    const auto* source = reinterpret_cast<const Part*>(static_cast<const char*>(from) + i);
    nnc_cuda_host_read(source, width);
    nnc_cuda_host_write(target, width);
    if constexpr (width == 16)
      asm("movups %1, %%xmm15\n\tmovups %%xmm15, %0" : "=m"(*target) : "m"(*source) : "xmm15");
    else if constexpr (width == 8)
      asm("movq %1, %%rax\n\tmovq %%rax, %0" : "=m"(*target) : "m"(*source) : "rax");
    else if constexpr (width == 4)
      asm("movl %1, %%eax\n\tmovl %%eax, %0" : "=m"(*target) : "m"(*source) : "rax");
    else
      asm("movw %1, %%ax\n\tmovw %%ax, %0" : "=m"(*target) : "m"(*source) : "rax");
  }
}

#ifdef NNC_CUDA_HOST_CHECKED
#define NNC_CUDA_HOST_COPIES(Type)                                                                 \
  [[gnu::always_inline]] Type(const Type& other) { copy_whole<sizeof(Type)>(this, &other); }       \
  [[gnu::always_inline]] Type& operator=(const Type& other) {                                      \
    copy_whole<sizeof(Type)>(this, &other);                                                        \
    return *this;                                                                                  \
  }
#endif

constexpr std::size_t vector_alignment(std::size_t bytes) { return bytes > 16 ? 16 : bytes; }

template <class T, int n>
struct Vector;
template <class T>
struct Vector<T, 1> {
  T x;
};
template <class T>
struct alignas(vector_alignment(2 * sizeof(T))) Vector<T, 2> {
  T x, y;
#ifdef NNC_CUDA_HOST_CHECKED
  NNC_CUDA_HOST_COPIES(Vector)
  constexpr Vector() : x(), y() {} // constant, so that shared arrays need no guard
  Vector(T x_value, T y_value) : x(x_value), y(y_value) {}
#endif
};
/// Three accesses of one element each, as on a device.
template <class T>
struct Vector<T, 3> {
  T x, y, z;
};
template <class T>
struct alignas(vector_alignment(4 * sizeof(T))) Vector<T, 4> {
  T x, y, z, w;
#ifdef NNC_CUDA_HOST_CHECKED
  NNC_CUDA_HOST_COPIES(Vector)
  constexpr Vector() : x(), y(), z(), w() {}
  Vector(T x_value, T y_value, T z_value, T w_value)
      : x(x_value), y(y_value), z(z_value), w(w_value) {}
#endif
};

} // namespace nnc::cuda_host

#define NNC_CUDA_HOST_VECTORS(name, T)                                                             \
  using name##1 = nnc::cuda_host::Vector<T, 1>;                                                    \
  using name##2 = nnc::cuda_host::Vector<T, 2>;                                                    \
  using name##3 = nnc::cuda_host::Vector<T, 3>;                                                    \
  using name##4 = nnc::cuda_host::Vector<T, 4>;                                                    \
  inline name##1 make_##name##1(T x) { return name##1 {x}; }                                       \
  inline name##2 make_##name##2(T x, T y) { return name##2 {x, y}; }                               \
  inline name##3 make_##name##3(T x, T y, T z) { return name##3 {x, y, z}; }                       \
  inline name##4 make_##name##4(T x, T y, T z, T w) { return name##4 {x, y, z, w}; }

NNC_CUDA_HOST_VECTORS(char, signed char)
NNC_CUDA_HOST_VECTORS(uchar, unsigned char)
NNC_CUDA_HOST_VECTORS(short, short)
NNC_CUDA_HOST_VECTORS(ushort, unsigned short)
NNC_CUDA_HOST_VECTORS(int, int)
NNC_CUDA_HOST_VECTORS(uint, unsigned int)
NNC_CUDA_HOST_VECTORS(longlong, long long)
NNC_CUDA_HOST_VECTORS(ulonglong, unsigned long long)
NNC_CUDA_HOST_VECTORS(float, float)
NNC_CUDA_HOST_VECTORS(double, double)
#undef NNC_CUDA_HOST_VECTORS

struct dim3 {
  unsigned int x = 1, y = 1, z = 1;
  constexpr dim3() = default;
  constexpr dim3(unsigned int x_size, unsigned int y_size = 1, unsigned int z_size = 1)
      : x(x_size), y(y_size), z(z_size) {}
  constexpr dim3(uint3 sizes) : x(sizes.x), y(sizes.y), z(sizes.z) {}
};

// Constant for the thread that runs; the emulation gives them new values before another does.
extern "C" {
extern const uint3 threadIdx [[gnu::visibility("hidden")]];
extern const uint3 blockIdx [[gnu::visibility("hidden")]];
extern const dim3 blockDim [[gnu::visibility("hidden")]];
extern const dim3 gridDim [[gnu::visibility("hidden")]];
}
inline constexpr int warpSize = 32;
