#include "frontends/cli/misuse.h"

#include "ir/messages.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace nnc::cli {
namespace {

using Words = std::vector<std::string>;

bool is_list(const Option& option) { return std::holds_alternative<Words*>(option.target); }

/// Would the parser take this word for an option? Numbers and `-` (standard input) are values.
bool looks_like_option(const std::string& word) {
  return word.size() > 1 && word[0] == '-' && !(word[1] >= '0' && word[1] <= '9') && word[1] != '.';
}

class Reader {
public:
  Reader(const Command& command, const Words& words) : command_(command), words_(words) {}

  std::optional<Misuse> run() {
    bool options = true;
    while (next_ < words_.size()) {
      const std::string& word = words_[next_++];
      if (options && word == "--")
        options = false;
      else if (auto misuse = options && looks_like_option(word) ? option(word) : positional(word))
        return misuse;
    }
    return missing();
  }

private:
  Misuse wrong(const std::string& what, std::string help) const {
    return {fmt::format("{}: {}", command_.name, what), std::move(help)};
  }

  /// Takes the value of an option along.
  std::optional<Misuse> option(const std::string& word) {
    const bool is_long = word[1] == '-';
    const std::size_t end = is_long ? std::min(word.find('='), word.size()) : 2;
    const std::string name = word.substr(0, end);
    const auto found = std::ranges::find_if(command_.options, [&](const Option& one) {
      return !by_position(one) && std::ranges::count(option_names(one), name) > 0;
    });
    if (found == command_.options.end()) return unknown(name);
    const bool has_value = end < word.size();
    if (is_flag(*found)) {
      if (!has_value) return std::nullopt;
      return wrong(fmt::format("{} takes no value", name), fmt::format("write {} alone", name));
    }
    const bool empty = is_long && end + 1 == word.size();
    if (empty || (!has_value && (next_ == words_.size() || looks_like_option(words_[next_]))))
      return wrong(fmt::format("{} lacks its value", name),
                   fmt::format("write {} {}: {}", name, found->value, found->help));
    if (!has_value) ++next_;
    if (!given_.insert(&*found).second && !is_list(*found))
      return wrong(fmt::format("{} is given twice", name), "it takes one value");
    return std::nullopt;
  }

  Misuse unknown(const std::string& name) const {
    Words known = {"--help"};
    for (const Option& option : command_.options)
      if (!by_position(option))
        for (const std::string& one : option_names(option)) known.push_back(one);
    // Every letter is one edit away from any other.
    std::string help = name.size() > 2 ? did_you_mean(name, known) : "";
    if (help.empty()) help = fmt::format("`nnc {} --help` lists its options", command_.name);
    return wrong("no option " + quote(name), std::move(help));
  }

  std::optional<Misuse> positional(const std::string& word) {
    const auto free = std::ranges::find_if(command_.options, [&](const Option& one) {
      return by_position(one) && (is_list(one) || !given_.contains(&one));
    });
    if (free == command_.options.end())
      return wrong(fmt::format("what is {}?", quote(word)), setting_help(word));
    given_.insert(&*free);
    return std::nullopt;
  }

  /// A NAME=VALUE that stands alone belongs behind an option that takes such.
  std::string setting_help(const std::string& word) const {
    if (word.find('=') != std::string::npos)
      for (const Option& option : command_.options)
        if (option.value == "NAME=VALUE")
          return fmt::format("did you mean {} {}?", option_names(option).back(), quote(word));
    return fmt::format("`nnc {} --help` lists its options", command_.name);
  }

  std::optional<Misuse> missing() const {
    for (const Option& option : command_.options)
      if (option.required && !given_.contains(&option))
        return wrong(fmt::format("{} is missing", option_names(option).back()),
                     by_position(option)
                         ? option.help
                         : fmt::format("write {} {}: {}", option_names(option).back(), option.value,
                                       option.help));
    return std::nullopt;
  }

  const Command& command_;
  const Words& words_;
  std::size_t next_ = 0;
  std::set<const Option*> given_;
};

} // namespace

std::vector<std::string> option_names(const Option& option) {
  Words all;
  for (std::size_t begin = 0; begin <= option.names.size();) {
    const std::size_t end = std::min(option.names.find(',', begin), option.names.size());
    all.push_back(option.names.substr(begin, end - begin));
    begin = end + 1;
  }
  return all;
}

bool by_position(const Option& option) { return option.names[0] != '-'; }

bool is_flag(const Option& option) { return std::holds_alternative<bool*>(option.target); }

std::optional<Misuse> find_misuse(const Command& command, const Words& words) {
  return Reader(command, words).run();
}

} // namespace nnc::cli
