// Numbers as text, the same in every locale: read exactly, written as the shortest text that reads
// back to the same bits.
#pragma once

#include "ir/types.h"

#include <charconv>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace nnc {

/// What keeps a text from being an element of a dtype.
enum class NumberFault { none, not_a_number, out_of_range };

/// Writes the element that `text` means to `stored` (dtype_size(dtype) bytes, any alignment).
/// Floats: 1, -2.5, +1e-3, inf, nan; one too small for the dtype is 0, one too large is out of
/// range. Integers: digits and a sign. bool: true, false, 1, 0. Nothing may follow.
NumberFault read_number(std::string_view text, DType dtype, std::byte* stored);

/// The text of the element at `stored`.
std::string number_text(DType dtype, const std::byte* stored);

/// The number that the whole text is: plain digits for integers, for floats what std::from_chars
/// takes.
template <class T>
std::optional<T> parse_number(std::string_view text) {
  T value{};
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

} // namespace nnc
