#include "frontends/cli/source.h"

#include "ir/messages.h"
#include "runtime/number_text.h"

#include <fmt/format.h>

namespace nnc::cli {

Result<std::vector<std::pair<std::string, std::int64_t>>>
parse_sizes(const std::vector<std::string>& texts) {
  std::vector<std::pair<std::string, std::int64_t>> sizes;
  for (const std::string& text : texts) {
    const std::size_t equal = text.find('=');
    std::int64_t value = -1;
    if (equal != std::string::npos && equal > 0)
      value = parse_number<std::int64_t>(text.substr(equal + 1)).value_or(-1);
    if (value < 0 || value > max_size)
      return Error{.code = "E0109",
                   .message = fmt::format("{} is no size", quote(text)),
                   .help = "write --size N=32; a size is 0 to 2^40"};
    sizes.emplace_back(text.substr(0, equal), value);
  }
  return sizes;
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(','), text.size());
    if (end > 0) parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

} // namespace nnc::cli
