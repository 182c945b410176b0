#include "frontends/cli/layout.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>

namespace nnc::cli {

std::size_t output_columns() {
  constexpr std::size_t least = 40; // below it nothing can be laid out
  if (const char* given = std::getenv("COLUMNS")) {
    const std::string_view text(given);
    std::size_t columns = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), columns);
    if (read.ec == std::errc() && columns > 0) return std::max(columns, least);
  }
  winsize size{};
  if (isatty(STDOUT_FILENO) == 0 || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return 0;
  return size.ws_col == 0 ? 0 : std::max<std::size_t>(size.ws_col, least);
}

std::string hanging(std::string_view line, std::size_t indent, std::size_t columns) {
  std::string text;
  std::string before; // what stands in front of a line but the first
  while (columns > indent && before.size() + line.size() > columns) {
    const std::size_t room = columns - before.size(); // > 0
    const std::size_t from = before.empty() ? indent : 0;
    std::size_t end = line.rfind(' ', room);
    if (end == std::string_view::npos || end <= from) end = line.find(' ', from + 1);
    if (end == std::string_view::npos) break;
    text.append(before).append(line.substr(0, end)).append("\n");
    line.remove_prefix(end + 1);
    before.assign(indent, ' ');
  }
  return text.append(before).append(line);
}

} // namespace nnc::cli
