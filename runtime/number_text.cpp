#include "runtime/number_text.h"

#include "runtime/cast.h"
#include "runtime/elements.h"

#include <charconv>
#include <cmath>
#include <cstring>
#include <fmt/format.h>

namespace nnc {
namespace {

// The power of ten of the first digit that is not 0: whether a number that from_chars calls out of
// range is too large or too small. `text` is a number that from_chars accepted in form.
bool too_small(std::string_view text) {
  const std::size_t e = text.find_first_of("eE");
  long exponent = 0;
  if (e != std::string_view::npos) {
    std::string_view digits = text.substr(e + 1);
    const bool negative = digits.starts_with('-');
    if (negative || digits.starts_with('+')) digits.remove_prefix(1);
    const auto [end, fault] =
        std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
    if (fault == std::errc::result_out_of_range) return negative;
    if (negative) exponent = -exponent;
  }
  const std::string_view mantissa = text.substr(0, e);
  const std::size_t first = mantissa.find_first_of("123456789");
  const std::size_t point = std::min(mantissa.find('.'), mantissa.size());
  return exponent + static_cast<long>(point) - static_cast<long>(first) < 0;
}

template <class T>
NumberFault read_float(std::string_view text, T& value) {
  const char* const end = text.data() + text.size();
  const auto [stop, fault] = std::from_chars(text.data(), end, value);
  if (stop != end || fault == std::errc::invalid_argument) return NumberFault::not_a_number;
  if (fault == std::errc::result_out_of_range) {
    if (!too_small(text)) return NumberFault::out_of_range;
    value = text.starts_with('-') ? T{-0.0} : T{0};
  }
  return NumberFault::none;
}

template <class T>
NumberFault read_integer(std::string_view text, T& value) {
  const char* const end = text.data() + text.size();
  std::int64_t wide = 0;
  const auto [stop, fault] = std::from_chars(text.data(), end, wide);
  if (stop != end || fault == std::errc::invalid_argument) return NumberFault::not_a_number;
  if (fault == std::errc::result_out_of_range || !std::in_range<T>(wide))
    return NumberFault::out_of_range;
  value = static_cast<T>(wide);
  return NumberFault::none;
}

template <DType D>
NumberFault read_element(std::string_view text, typename Element<D>::Stored& stored) {
  if constexpr (D == DType::boolean) {
    stored = text == "true" || text == "1" ? 1 : 0;
    const bool known = stored || text == "false" || text == "0";
    return known ? NumberFault::none : NumberFault::not_a_number;
  } else if constexpr (D == DType::f16 || D == DType::bf16) {
    double value = 0;
    const NumberFault fault = read_float(text, value);
    stored = round_to_16_bits(value, D);
    if (fault == NumberFault::none && std::isfinite(value) &&
        !std::isfinite(Element<D>::load(stored)))
      return NumberFault::out_of_range;
    return fault;
  } else if constexpr (D == DType::f32 || D == DType::f64) {
    return read_float(text, stored);
  } else {
    return read_integer(text, stored);
  }
}

// The shortest digits that round to the same f16 or bf16.
template <DType D>
std::string shortest_16_bits(std::uint16_t stored) {
  const float value = Element<D>::load(stored);
  for (int precision = 1; precision < 9; ++precision) {
    const std::string text = fmt::format("{:.{}g}", value, precision);
    std::uint16_t back = 0;
    double rounded = 0; // printed as the other floats are: 65500, not 6.55e+04
    if (read_element<D>(text, back) == NumberFault::none && back == stored &&
        read_float(text, rounded) == NumberFault::none)
      return fmt::format("{}", rounded);
  }
  return fmt::format("{}", value);
}

template <DType D>
std::string element_text(typename Element<D>::Stored stored) {
  const auto value = Element<D>::load(stored);
  if constexpr (is_float_element<D>) {
    if (std::isnan(value)) return "nan";
    if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  }
  if constexpr (D == DType::f16 || D == DType::bf16)
    return shortest_16_bits<D>(stored);
  else
    return fmt::format("{}", value);
}

} // namespace

NumberFault read_number(std::string_view text, DType dtype, std::byte* stored) {
  if (text.starts_with('+')) { // from_chars knows no plus sign
    text.remove_prefix(1);
    if (text.starts_with('-') || text.starts_with('+')) return NumberFault::not_a_number;
  }
  return for_dtype(dtype, [&]<DType D>() {
    typename Element<D>::Stored value{};
    const NumberFault fault = read_element<D>(text, value);
    std::memcpy(stored, &value, sizeof value);
    return fault;
  });
}

std::string number_text(DType dtype, const std::byte* stored) {
  return for_dtype(dtype, [&]<DType D>() {
    typename Element<D>::Stored value;
    std::memcpy(&value, stored, sizeof value);
    return element_text<D>(value);
  });
}

} // namespace nnc
