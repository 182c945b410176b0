#include "frontends/cli/arguments.h"

#include "frontends/cli/console.h"
#include "frontends/cli/help.h"
#include "frontends/cli/numbers.h"
#include "ir/messages.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <utility>

namespace nnc::cli {
namespace {

using Words = std::vector<std::string>;

/// Each of "-f,--function".
Words split_names(const std::string& names) {
  Words all;
  for (std::size_t begin = 0; begin <= names.size();) {
    const std::size_t end = std::min(names.find(',', begin), names.size());
    all.push_back(names.substr(begin, end - begin));
    begin = end + 1;
  }
  return all;
}

bool by_position(const Option& option) { return option.names[0] != '-'; }

/// A long option that the command lacks, with the nearest one that it has.
std::optional<int> unknown_option(const Command& command, const Words& words) {
  Words known = {"--help"};
  for (const Option& option : command.options)
    if (!by_position(option))
      for (const std::string& name : split_names(option.names)) known.push_back(name);
  for (const std::string& word : words) {
    if (word == "--") break;
    if (!word.starts_with("--")) continue;
    const std::string name = word.substr(0, word.find('='));
    if (std::ranges::find(known, name) != known.end()) continue;
    std::string help = did_you_mean(name, known);
    if (help.empty()) help = fmt::format("`nnc {} --help` lists its options", command.name);
    return usage_error(fmt::format("{}: no option {}", command.name, quote(name)), help);
  }
  return std::nullopt;
}

/// The option that takes settings and whose name this word is; else nothing.
std::string settings_option(const Command& command, const std::string& word) {
  const std::string name = word.substr(0, word.find('='));
  const auto named = [&](const Option& option) { return option.settings && option.names == name; };
  return std::ranges::any_of(command.options, named) ? name : std::string();
}

/// `--grid lr=1 n=2` as `--grid lr=1 --grid n=2`.
Words with_names(const Command& command, const Words& words) {
  Words all;
  std::string list;       // the option that more values may go to
  bool has_value = false; // its first one stands where it is
  for (const std::string& word : words) {
    const bool setting = word.find('=') != std::string::npos;
    if (word.starts_with("-")) {
      list = settings_option(command, word);
      has_value = setting;
    } else if (std::exchange(has_value, true) && !list.empty()) {
      if (setting) all.push_back(list);
      if (!setting) list.clear();
    }
    all.push_back(word);
  }
  return all;
}

/// Numbers are read by nnc: what is wrong with one is said in its words.
bool is_number(const Option& option) {
  return !std::holds_alternative<bool*>(option.target) &&
         !std::holds_alternative<std::string*>(option.target) &&
         !std::holds_alternative<Words*>(option.target);
}

struct AddOption {
  CLI::App& app;
  const Option& option;
  std::string& number; ///< as it was given

  CLI::Option* operator()(bool* flag) const { return app.add_flag(option.names, *flag); }
  CLI::Option* operator()(Words* list) const {
    return app.add_option(option.names, *list)->allow_extra_args(by_position(option));
  }
  CLI::Option* operator()(std::string* value) const {
    return app.add_option(option.names, *value)->multi_option_policy(CLI::MultiOptionPolicy::Throw);
  }
  template <class T>
  CLI::Option* operator()(T*) const {
    return (*this)(&number);
  }
};

std::optional<int> wrong_number(const Command& command, const Words& numbers) {
  for (std::size_t i = 0; i < command.options.size(); ++i) {
    const Option& option = command.options[i];
    if (!is_number(option) || numbers[i].empty()) continue;
    const auto expected = read_number(option, numbers[i]);
    if (!expected) continue;
    return usage_error(fmt::format("{}: {} is no value of {}", command.name, quote(numbers[i]),
                                   split_names(option.names).back()),
                       fmt::format("it is {}", *expected));
  }
  return std::nullopt;
}

std::optional<int> wrong_choice(const Command& command) {
  for (const Option& option : command.options) {
    const auto* target = std::get_if<std::string*>(&option.target);
    if (option.choices.empty() || !target || (*target)->empty()) continue;
    if (std::ranges::find(option.choices, **target) != option.choices.end()) continue;
    std::string help = did_you_mean(**target, option.choices);
    if (help.empty()) help = fmt::format("one of: {}", fmt::join(option.choices, ", "));
    return usage_error(fmt::format("{}: {} is no value of {}", command.name, quote(**target),
                                   split_names(option.names).back()),
                       help);
  }
  return std::nullopt;
}

/// The parser's own words for what is wrong.
std::string complaint(const Command& command, const CLI::App& app, const CLI::ParseError& error) {
  if (dynamic_cast<const CLI::ExtrasError*>(&error)) {
    const Words rest = app.remaining();
    if (!rest.empty()) return fmt::format("{}: what is {}?", command.name, quote(rest[0]));
  }
  return fmt::format("{}: {}", command.name, error.what());
}

std::optional<int> parse(const Command& command, Words words) {
  if (auto code = unknown_option(command, words)) return code;
  CLI::App app;
  app.set_help_flag();
  app.allow_windows_style_options(false);
  Words numbers(command.options.size());
  for (std::size_t i = 0; i < command.options.size(); ++i) {
    const Option& option = command.options[i];
    CLI::Option* made = std::visit(AddOption{app, option, numbers[i]}, option.target);
    made->required(option.required);
  }
  words = with_names(command, words);
  try {
    std::ranges::reverse(words); // the parser takes them from the end
    app.parse(std::move(words));
  } catch (const CLI::ParseError& error) {
    return usage_error(complaint(command, app, error),
                       fmt::format("see `nnc {} --help`", command.name));
  }
  if (auto code = wrong_number(command, numbers)) return code;
  return wrong_choice(command);
}

int run_command(const Command& command, const Words& words) {
  for (const std::string& word : words) {
    if (word == "--") break;
    if (word != "-h" && word != "--help") continue;
    print(command_help(command));
    return exit_ok;
  }
  if (auto code = parse(command, words)) return *code;
  return command.run();
}

} // namespace

int run_arguments(int argc, const char* const* argv, std::vector<Command> commands) {
  Words words(argv + std::min(argc, 1), argv + argc);
  if (words.empty()) {
    std::fwrite(main_help(commands).data(), 1, main_help(commands).size(), stderr);
    return exit_usage;
  }
  std::string name = words[0];
  words.erase(words.begin());
  if (name == "help" && !words.empty()) {
    name = words[0];
    words = {"--help"};
  }
  if (name == "-h" || name == "--help" || name == "help") return print(main_help(commands)), 0;
  if (name == "--version") return print(version_text()), 0;
  if (name == "--list-passes" || name == "--list-ops") {
    words = {name};
    name = name == "--list-ops" ? "ops" : "opt";
    if (name == "ops") words.clear();
  }
  Words known;
  for (const Command& command : commands) {
    if (command.name == name) return run_command(command, words);
    known.push_back(command.name);
  }
  std::string help = did_you_mean(name, known);
  if (help.empty()) help = "`nnc --help` lists the commands";
  return usage_error(fmt::format("no command {}", quote(name)), help);
}

} // namespace nnc::cli
