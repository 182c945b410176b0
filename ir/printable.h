// Text that others wrote, made safe for a terminal.
#pragma once

#include <string>
#include <string_view>

namespace nnc {

/// `text` without what acts on a terminal or hides what stands there: control characters and bytes
/// that are no UTF-8 as \xNN; marks that change the direction of writing, line separators and
/// invisible characters as \uNNNN.
std::string printable(std::string_view text);

/// Of UTF-8: is the byte one of a character, but not its first?
constexpr bool continues_character(char byte) {
  return (static_cast<unsigned char>(byte) & 0xc0) == 0x80;
}

} // namespace nnc
