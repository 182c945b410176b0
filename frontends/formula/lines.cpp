#include "frontends/formula/lines.h"

#include <string_view>

namespace nnc::formula {
namespace {

constexpr std::size_t columns = 80;

/// Where a line may end: after an operator or comma, by the number of brackets around it; between
/// factors only if there is nothing else.
std::size_t place_to_break(const std::string& text, std::size_t from, std::size_t limit) {
  std::size_t best = std::string::npos;
  int depth = 0, best_rank = 1000;
  for (std::size_t i = from; i < text.size() && i < limit; ++i) {
    const char c = text[i];
    if (c == '(' || c == '[' || c == '{') ++depth;
    if (c == ')' || c == ']' || c == '}') --depth;
    if (c != ' ' || i <= from) continue;
    const bool operation = std::string_view("+-*/").find(text[i + 1]) != std::string_view::npos &&
                           i + 2 < text.size() && text[i + 2] == ' ';
    if (!operation && text[i - 1] != ',') continue;
    const bool factors = operation && (text[i + 1] == '*' || text[i + 1] == '/');
    if (const int rank = 2 * depth + factors; rank <= best_rank) best = i, best_rank = rank;
  }
  return best;
}

} // namespace

std::string wrapped(const std::string& line, std::size_t margin) {
  std::string result;
  std::size_t from = 0, room = columns;
  while (line.size() - from > room) {
    const std::size_t start = from == 0 ? line.find(" = ") + 3 : from;
    const std::size_t at = place_to_break(line, start, from + room);
    if (at == std::string::npos) break;
    result += line.substr(from, at - from) + "\n" + std::string(margin, ' ');
    from = at + 1;
    room = columns - margin;
  }
  return result + line.substr(from) + "\n";
}

} // namespace nnc::formula
