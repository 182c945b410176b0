#include "frontends/cli/arguments.h"

#include "frontends/cli/command_line.h"
#include "frontends/cli/console.h"
#include "frontends/cli/help.h"
#include "frontends/cli/misuse.h"
#include "frontends/cli/numbers.h"
#include "ir/messages.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <utility>

namespace nnc::cli {
namespace {

using Words = std::vector<std::string>;

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
                                   option_names(option).back()),
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
                                   option_names(option).back()),
                       help);
  }
  return std::nullopt;
}

/// With how the command is written, which is the first thing that help would show.
int misused(const Command& command, const Misuse& misuse) {
  return usage_error(misuse.message, misuse.help, usage_line(command));
}

std::optional<int> parse(const Command& command, Words words) {
  words = with_names(command, words);
  if (const auto misuse = find_misuse(command, words)) return misused(command, *misuse);
  CLI::App app;
  app.set_help_flag();
  app.allow_windows_style_options(false);
  Words numbers(command.options.size());
  for (std::size_t i = 0; i < command.options.size(); ++i) {
    const Option& option = command.options[i];
    CLI::Option* made = std::visit(AddOption{app, option, numbers[i]}, option.target);
    made->required(option.required);
  }
  try {
    std::ranges::reverse(words); // the parser takes them from the end
    app.parse(std::move(words));
  } catch (const CLI::ParseError& error) {
    return misused(command, {fmt::format("{}: {}", command.name, error.what()),
                             fmt::format("see `nnc {} --help`", command.name)});
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
  Words known = {"--help", "--version", "--list-passes", "--list-ops"};
  for (const Command& command : commands) {
    if (command.name == name) return run_command(command, words);
    known.push_back(command.name);
  }
  std::string help = did_you_mean(name, known);
  if (name.ends_with(".json") || name.ends_with(".nnir"))
    help = fmt::format("did you mean nnc run {}?", shell_word(name));
  if (help.empty()) help = "`nnc --help` lists the commands";
  const std::string what = name.starts_with("-") ? "option" : "command";
  return usage_error(fmt::format("no {} {}", what, quote(name)), help, main_usage());
}

} // namespace nnc::cli
