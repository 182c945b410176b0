#include "frontends/model/sizes.h"

#include "ir/messages.h"

#include <fmt/format.h>

namespace nnc {

std::optional<std::int64_t> Sizes::find(std::string_view symbol) const {
  const auto found = values_.find(symbol);
  return found == values_.end() ? std::nullopt : std::optional(found->second);
}

Result<Type> Sizes::resolve(const TypeDoc& type, const std::string& what) const {
  Type result{type.dtype, {}};
  for (const SizeDoc& size : type.shape) {
    const auto value = size.symbol.empty() ? std::optional(size.value) : find(size.symbol);
    if (!value) return size_without_value(size.symbol, what);
    result.shape.push_back(*value);
  }
  if (Status error = check_type(result)) {
    error->message = what + " " + error->message;
    return *error;
  }
  return result;
}

Error size_without_value(std::string_view symbol, const std::string& of) {
  return {.code = "E0307",
          .message =
              fmt::format("the size {}{}{} has no value", symbol, of.empty() ? "" : " of ", of),
          .help = fmt::format("give one: --size {}=..., or \"sizes\" in the model", symbol)};
}

Status bind_sizes(const TypeDoc& type, const Type& given, const std::string& what,
                  std::map<std::string, std::int64_t, std::less<>>& bound) {
  const auto misfit = [&](std::string why) {
    return Error{
        .code = "E0306",
        .message = fmt::format("{} is {}, not {}{}", what, to_string(type), to_string(given), why)};
  };
  if (type.dtype != given.dtype || type.shape.size() != given.shape.size()) return misfit("");
  for (std::size_t i = 0; i < type.shape.size(); ++i) {
    const SizeDoc& size = type.shape[i];
    if (size.symbol.empty()) {
      if (size.value != given.shape[i]) return misfit("");
      continue;
    }
    const auto [known, added] = bound.try_emplace(size.symbol, given.shape[i]);
    if (!added && known->second != given.shape[i])
      return misfit(fmt::format(" ({} is {})", size.symbol, known->second));
  }
  return std::nullopt;
}

} // namespace nnc
