// From a dtype that is known when the program runs to code for that dtype.
//
// `Element<D>` tells how an element of dtype D is stored and in which C++ type its value is
// computed. `for_dtype` calls a generic function with the dtype as a template argument:
//
//   for_dtype(tensor.type().dtype, [&]<DType D>() {
//     for (const auto stored : tensor.as<typename Element<D>::Stored>())
//     use(Element<D>::load(stored));
//   });
#pragma once

#include "ir/types.h"

#include <cstdint>
#include <type_traits>

namespace nnc {

template <class T>
struct PlainElement {
  using Stored = T;
  using Value = T;
  static Value load(Stored stored) { return stored; }
};

template <DType D>
struct Element;
template <>
struct Element<DType::f64> : PlainElement<double> {};
template <>
struct Element<DType::f32> : PlainElement<float> {};
template <>
struct Element<DType::i64> : PlainElement<std::int64_t> {};
template <>
struct Element<DType::i32> : PlainElement<std::int32_t> {};
template <>
struct Element<DType::u32> : PlainElement<std::uint32_t> {};
template <>
struct Element<DType::i8> : PlainElement<std::int8_t> {};
template <>
struct Element<DType::u8> : PlainElement<std::uint8_t> {};
template <>
struct Element<DType::f16> {
  using Stored = std::uint16_t;
  using Value = float;
  static Value load(Stored stored) { return f16_to_float(stored); }
};
template <>
struct Element<DType::bf16> {
  using Stored = std::uint16_t;
  using Value = float;
  static Value load(Stored stored) { return bf16_to_float(stored); }
};
template <>
struct Element<DType::boolean> {
  using Stored = std::uint8_t;
  using Value = bool;
  static Value load(Stored stored) { return stored != 0; }
};

/// Whether an element is computed with as a float.
template <DType D>
inline constexpr bool is_float_element = std::is_floating_point_v<typename Element<D>::Value>;

template <class Function>
decltype(auto) for_dtype(DType dtype, Function&& function) {
  switch (dtype) {
  case DType::f64:
    return function.template operator()<DType::f64>();
  case DType::f32:
    return function.template operator()<DType::f32>();
  case DType::f16:
    return function.template operator()<DType::f16>();
  case DType::bf16:
    return function.template operator()<DType::bf16>();
  case DType::i64:
    return function.template operator()<DType::i64>();
  case DType::i32:
    return function.template operator()<DType::i32>();
  case DType::u32:
    return function.template operator()<DType::u32>();
  case DType::i8:
    return function.template operator()<DType::i8>();
  case DType::u8:
    return function.template operator()<DType::u8>();
  case DType::boolean:
    return function.template operator()<DType::boolean>();
  }
  throw InternalError("for_dtype: no such dtype");
}

} // namespace nnc
