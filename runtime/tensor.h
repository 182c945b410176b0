// A tensor in host memory: a type and its elements, row-major, aligned to 64 bytes.
//
// Elements are reached through typed spans. The C++ type of an element is the dtype's own; f16 and
// bf16 are their bits in a std::uint16_t, bool is a std::uint8_t that holds 0 or 1.
#pragma once

#include "ir/types.h"

#include <cstddef>
#include <cstdint>
#include <new>
#include <span>
#include <string>
#include <vector>

namespace nnc {

/// Whether elements of `dtype` are stored as a T.
template <class T>
constexpr bool stored_as(DType dtype);

class Tensor {
public:
  static constexpr std::size_t alignment = buffer_alignment;

  /// f32[0].
  Tensor() : type_{DType::f32, {0}} {}

  /// All zero. E0202 when the type is too large to exist, E0602 when there is no memory for it.
  static Result<Tensor> zeros(Type type);
  /// A copy of `bytes`. Their number must be that of the type (else InternalError): readers check
  /// it against the file first. E0602 when there is no memory.
  static Result<Tensor> copy_of(Type type, std::span<const std::byte> bytes);

  const Type& type() const { return type_; }
  std::span<std::byte> bytes() { return bytes_; }
  std::span<const std::byte> bytes() const { return bytes_; }

  /// The elements; InternalError when the dtype is not stored as T.
  template <class T>
  std::span<T> as() {
    require(stored_as<T>(type_.dtype));
    return {reinterpret_cast<T*>(bytes_.data()), bytes_.size() / sizeof(T)};
  }
  template <class T>
  std::span<const T> as() const {
    require(stored_as<T>(type_.dtype));
    return {reinterpret_cast<const T*>(bytes_.data()), bytes_.size() / sizeof(T)};
  }

  /// The same elements under another shape with as many (else InternalError).
  void reshape(Shape shape);

  /// Equal types and equal bytes: a NaN equals itself, -0 is not +0.
  bool operator==(const Tensor& other) const = default;

private:
  template <class T>
  struct Aligned {
    using value_type = T;
    Aligned() = default;
    template <class U>
    Aligned(const Aligned<U>&) {}
    T* allocate(std::size_t n) {
      return static_cast<T*>(::operator new (n * sizeof(T), std::align_val_t{alignment}));
    }
    void deallocate(T* p, std::size_t) { ::operator delete (p, std::align_val_t{alignment}); }
    bool operator==(const Aligned&) const = default;
  };

  static void require(bool holds);

  Type type_;
  std::vector<std::byte, Aligned<std::byte>> bytes_;
};

struct NamedTensor {
  std::string name;
  Tensor tensor;
  bool operator==(const NamedTensor&) const = default;
};

/// The position of the first bool that is neither 0 nor 1, if there is one. Readers refuse it:
/// compiled code relies on there being no other.
std::optional<std::size_t> first_bad_bool(const Type& type, std::span<const std::byte> bytes);

/// The index [i,j,...] of the element at `position` in row-major order.
Shape index_of(std::span<const std::int64_t> shape, std::int64_t position);

template <class T>
constexpr bool stored_as(DType dtype) {
  switch (dtype) {
  case DType::f64:
    return std::is_same_v<T, double>;
  case DType::f32:
    return std::is_same_v<T, float>;
  case DType::f16:
  case DType::bf16:
    return std::is_same_v<T, std::uint16_t>;
  case DType::i64:
    return std::is_same_v<T, std::int64_t>;
  case DType::i32:
    return std::is_same_v<T, std::int32_t>;
  case DType::u32:
    return std::is_same_v<T, std::uint32_t>;
  case DType::i8:
    return std::is_same_v<T, std::int8_t>;
  case DType::u8:
  case DType::boolean:
    return std::is_same_v<T, std::uint8_t>;
  }
  return false;
}

} // namespace nnc
