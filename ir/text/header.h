// The first line of a function or a program, broken where it is too long.
#pragma once

#include <string>
#include <vector>

namespace nnc {

inline constexpr std::size_t widest_header = 100; ///< columns

/// `before(item, item, ...)`
struct HeaderList {
  std::string before;
  std::vector<std::string> items = {};
};

/// The lists with a blank between them. Where that is too long every list begins a line of its own
/// and goes on, indented by so many columns, on as many more as it needs.
std::string header_text(const std::vector<HeaderList>& lists, std::size_t indent = 4);

} // namespace nnc
