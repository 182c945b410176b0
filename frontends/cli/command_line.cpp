#include "frontends/cli/command_line.h"

#include <fmt/format.h>

namespace nnc::cli {
namespace {

struct Values {
  std::vector<std::string> operator()(const bool* flag) const {
    return *flag ? std::vector<std::string>{""} : std::vector<std::string>{};
  }
  std::vector<std::string> operator()(const std::string* text) const {
    return text->empty() ? std::vector<std::string>{} : std::vector<std::string>{*text};
  }
  std::vector<std::string> operator()(const std::vector<std::string>* list) const { return *list; }
  template <class T>
  std::vector<std::string> operator()(const std::optional<T>* value) const {
    return *value ? (*this)(&**value) : std::vector<std::string>{};
  }
  template <class T>
  std::vector<std::string> operator()(const T* number) const {
    return {fmt::format("{}", *number)};
  }
};

std::vector<std::string> values(const Option& option) {
  return std::visit([](const auto* target) { return Values()(target); }, option.target);
}

} // namespace

std::string shell_word(std::string_view word) {
  constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                     "0123456789_./=,:@+-%";
  if (!word.empty() && word.find_first_not_of(plain) == std::string_view::npos)
    return std::string(word);
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

std::string written(const Option& option, const Option* unless) {
  const std::vector<std::string> all = values(option);
  if (unless && all == values(*unless)) return {};
  const std::string name = option.names.substr(0, option.names.find(','));
  std::string text;
  for (const std::string& value : all) {
    text += name[0] == '-' ? " " + name : "";
    text += value.empty() ? "" : " " + shell_word(value);
  }
  return text;
}

} // namespace nnc::cli
