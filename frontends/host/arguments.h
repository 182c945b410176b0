// What a caller hands to a compiled function: memory of its own, with what is known of its type.
#pragma once

#include "runtime/tensor.h"

#include <array>

namespace nnc {

template <class T>
inline constexpr bool element_type = false;
template <>
inline constexpr bool element_type<double> = true;
template <>
inline constexpr bool element_type<float> = true;
template <>
inline constexpr bool element_type<std::int64_t> = true;
template <>
inline constexpr bool element_type<std::int32_t> = true;
template <>
inline constexpr bool element_type<std::uint32_t> = true;
template <>
inline constexpr bool element_type<std::int8_t> = true;
template <>
inline constexpr bool element_type<std::uint8_t> = true;
template <>
inline constexpr bool element_type<std::uint16_t> = true; ///< the bits of f16 and bf16

/// Row-major elements that are read. A span, a vector or an array of elements is checked for its
/// dtype and number, a Tensor for its shape too. Nothing is copied.
class In {
public:
  In(const Tensor& tensor)
      : data_(tensor.bytes().data()), elements_(tensor.type().elements()), type_(&tensor.type()) {}
  template <class T>
  requires element_type<T> In(std::span<const T> elements)
      : data_(elements.data()), elements_(static_cast<std::int64_t>(elements.size())),
        fits_(&stored_as<T>) {}
  template <class T>
  requires element_type<T> In(std::span<T> elements) : In(std::span<const T>(elements)) {}
  template <class T>
  requires element_type<T> In(const std::vector<T>& elements) : In(std::span<const T>(elements)) {}
  template <class T, std::size_t n>
  requires element_type<T> In(const std::array<T, n>& elements)
      : In(std::span<const T>(elements)) {}
  /// A scalar.
  template <class T>
  requires element_type<T> In(const T& element) : In(std::span<const T>(&element, 1)) {}

  const void* data() const { return data_; }
  /// Whether this is a `type` of so many elements.
  bool is(const Type& type, std::int64_t elements) const {
    return elements_ == elements && (!type_ || *type_ == type) && (!fits_ || fits_(type.dtype));
  }
  /// E0620 for what is no `type`; `what` begins the message.
  Error mismatch(const Type& type, const std::string& what) const;

private:
  const void* data_;
  std::int64_t elements_;
  const Type* type_ = nullptr;
  bool (*fits_)(DType) = nullptr;
};

/// Memory for row-major elements that are written; likewise.
class Out : public In {
public:
  Out(Tensor& tensor) : In(tensor) {}
  template <class T>
  requires element_type<T> Out(std::span<T> elements) : In(elements) {}
  template <class T>
  requires element_type<T> Out(std::vector<T>& elements) : In(elements) {}
  template <class T, std::size_t n>
  requires element_type<T> Out(std::array<T, n>& elements) : In(elements) {}
  template <class T>
  requires element_type<T> Out(T& element) : In(element) {}
};

} // namespace nnc
