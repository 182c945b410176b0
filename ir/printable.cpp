#include "ir/printable.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace nnc {
namespace {

struct Range {
  std::uint32_t first, last;
};

/// Marks of direction, separators of lines, and characters of no width that nobody writes.
constexpr std::array hidden = {Range{0x061c, 0x061c}, Range{0x200b, 0x200b},  Range{0x200e, 0x200f},
                               Range{0x2028, 0x202e}, Range{0x2060, 0x206f},  Range{0xfeff, 0xfeff},
                               Range{0xfff9, 0xfffb}, Range{0xe0000, 0xe007f}};

struct Character {
  std::uint32_t code = 0;
  std::size_t bytes = 0; ///< 0: the next byte begins no character
};

/// The first character of a text that is not empty.
Character first_character(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const std::uint32_t lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t bytes = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < bytes) return {};
  std::uint32_t code = lead & (0xffU >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) {
    if (!continues_character(text[i])) return {};
    code = code << 6 | (byte(i) & 0x3fU);
  }
  constexpr std::array<std::uint32_t, 5> least = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xd800 && code <= 0xdfff;
  if (code < least[bytes] || code > 0x10ffff || surrogate) return {};
  return {code, bytes};
}

std::string hexadecimal(std::uint32_t number, int digits) {
  std::string text;
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4)
    text += "0123456789abcdef"[number >> shift & 15];
  return text;
}

bool acts_on_a_terminal(std::uint32_t code) { return code < 0x20 || (code >= 0x7f && code < 0xa0); }

bool is_hidden(std::uint32_t code) {
  for (const Range& range : hidden)
    if (code >= range.first && code <= range.last) return true;
  return false;
}

} // namespace

std::string printable(std::string_view text) {
  if (std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; }))
    return std::string(text);
  std::string result;
  while (!text.empty()) {
    const Character next = first_character(text);
    if (next.bytes == 0 || acts_on_a_terminal(next.code)) {
      const std::uint32_t code = next.bytes == 0 ? static_cast<unsigned char>(text[0]) : next.code;
      result += "\\x" + hexadecimal(code, 2);
    } else if (is_hidden(next.code)) {
      result += next.code > 0xffff ? "\\U" + hexadecimal(next.code, 8)
                                   : "\\u" + hexadecimal(next.code, 4);
    } else {
      result += text.substr(0, next.bytes);
    }
    text.remove_prefix(next.bytes == 0 ? 1 : next.bytes);
  }
  return result;
}

} // namespace nnc
