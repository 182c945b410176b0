#include "ir/text/header.h"

namespace nnc {
namespace {

constexpr std::size_t brace = 2; ///< what follows the header: " {"

std::string in_one_line(const std::vector<HeaderList>& lists) {
  std::string text;
  for (const HeaderList& list : lists) {
    text += (text.empty() ? "" : " ") + list.before + "(";
    for (std::size_t i = 0; i < list.items.size(); ++i) text += (i ? ", " : "") + list.items[i];
    text += ")";
  }
  return text;
}

} // namespace

std::string header_text(const std::vector<HeaderList>& lists, std::size_t indent) {
  std::string text = in_one_line(lists);
  if (text.size() + brace <= widest_header) return text;
  text.clear();
  const std::string margin(indent, ' ');
  for (const HeaderList& list : lists) {
    std::string line = (text.empty() ? "" : margin) + list.before + "(";
    for (std::size_t i = 0; i < list.items.size(); ++i) {
      const bool last = i + 1 == list.items.size();
      const std::string item = list.items[i] + (last ? ")" : ",");
      const std::size_t width = line.size() + (i ? 1 : 0) + item.size() + (last ? brace : 0);
      if (i && width > widest_header) {
        text += line + "\n";
        line = margin + item;
      } else {
        line += (i ? " " : "") + item;
      }
    }
    if (list.items.empty()) line += ")";
    text += line + (&list == &lists.back() ? "" : "\n");
  }
  return text;
}

} // namespace nnc
