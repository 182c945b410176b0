#include "compiler/target/source/text.h"

#include "ir/printable.h"

#include <algorithm>

namespace nnc::source {
namespace {

constexpr std::size_t columns = 100, further_in = 4;

/// The last blank in the first `room` characters: after a comma where one is not far away.
std::size_t last_break(std::string_view line, std::size_t room) {
  const std::size_t comma = line.rfind(", ", room - 1);
  return comma != std::string_view::npos && 2 * comma > room ? comma + 1 : line.rfind(' ', room);
}

} // namespace

std::string fresh_name(aot::Names& taken, const std::string& stem) {
  std::string name = stem;
  for (int i = 1; !taken.insert(name); ++i) name = stem + std::to_string(i);
  return name;
}

std::string comment(std::string text) {
  for (const std::string_view mark : {"*/", "/*"})
    for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at))
      text[at + 1] = ' ';
  std::ranges::replace_if(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return printable(text); // no mark of direction makes it look like code
}

void Lines::add(std::string_view line) {
  std::string margin(2 * depth_, ' ');
  while (margin.size() + line.size() > columns) {
    const std::size_t space = last_break(line, columns - margin.size());
    if (space == std::string_view::npos || space == 0) break;
    text_ += margin;
    text_ += line.substr(0, space);
    text_ += '\n';
    line.remove_prefix(space + 1);
    margin.resize(2 * depth_ + further_in, ' ');
  }
  text_ += margin;
  text_ += line;
  text_ += '\n';
}

} // namespace nnc::source
