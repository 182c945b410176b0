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

Status check_size(std::span<const std::string_view> symbols, const std::string& symbol,
                  std::int64_t value) {
  if (std::ranges::find(symbols, symbol) == symbols.end()) {
    std::string help = did_you_mean(symbol, symbols);
    if (help.empty() && !symbols.empty())
      help = fmt::format("the sizes are {}", fmt::join(symbols, " "));
    return Error{.code = "E0306",
                 .message = "the model has no size " + quote(symbol),
                 .help = std::move(help)};
  }
  if (value >= 0 && value <= max_size) return std::nullopt;
  return Error{.code = "E0109",
               .message = fmt::format("{} is not a size", value),
               .help = "a size is 0 to 2^40"};
}

void set_size(ModelDoc& doc, const std::string& symbol, std::int64_t value) {
  const auto is_it = [&](const auto& entry) { return entry.first.text == symbol; };
  for (FunctionDoc& function : doc.functions) std::erase_if(function.sizes, is_it);
  const auto found = std::ranges::find_if(doc.sizes, is_it);
  if (found != doc.sizes.end())
    found->second.value = value;
  else
    doc.sizes.push_back({{symbol}, {.value = value}});
}

} // namespace nnc
