#include "frontends/cli/help.h"

#include "frontends/cli/misuse.h"

#include <fmt/format.h>

namespace nnc::cli {
namespace {

constexpr std::size_t text_column = 30;

/// "  -f, --function NAME         what it does", the help on a line of its own where names are
/// long.
std::string option_line(const Option& option) {
  std::string names = "  ";
  if (option.names.starts_with("--")) names += "    ";
  for (const char c : option.names) names += c == ',' ? std::string(", ") : std::string(1, c);
  if (!option.value.empty()) names += " " + option.value;
  if (names.size() + 2 > text_column)
    names += "\n" + std::string(text_column, ' ');
  else
    names += std::string(text_column - names.size(), ' ');
  return names + option.help + "\n";
}

} // namespace

std::string main_help(std::span<const Command> commands) {
  std::string text = "nnc compiles neural-network graphs and their derivatives to native code\n\n" +
                     main_usage() + "\n\n";
  for (const Command& command : commands)
    text += fmt::format("  {:<9} {}\n", command.name, command.summary);
  text += "\n"
          "  nnc COMMAND --help    options and examples of a command\n"
          "  nnc --version, nnc --list-passes, nnc --list-ops\n\n"
          "A model is a JSON file or text (.nnir); - is standard input, with -o standard output.\n"
          "Results go to standard output, talk to standard error.\n\n"
          "exit codes: 0 ok, 1 bad model or input, 2 bad command line, 3 comparison failed,\n"
          "            70 internal error, 130 interrupted\n\n"
          "examples:\n"
          "  nnc compile model.json                        # model.o and model.h beside it\n"
          "  nnc run model.json -f predict --input x=@x.npy\n";
  return text;
}

std::string main_usage() { return "usage: nnc COMMAND [OPTION]..."; }

std::string usage_line(const Command& command) {
  std::string usage = "usage: nnc " + command.name;
  for (const Option& option : command.options) {
    if (!by_position(option)) continue;
    const bool list = std::holds_alternative<std::vector<std::string>*>(option.target);
    const std::string name = option.names + (list ? "..." : "");
    usage += option.required ? " " + name : " [" + name + "]";
  }
  return usage + " [OPTION]...";
}

std::string command_help(const Command& command) {
  std::string text =
      fmt::format("nnc {}: {}\n\n{}\n\n", command.name, command.summary, usage_line(command));
  for (const Option& option : command.options) text += option_line(option);
  text += option_line({"-h,--help", "", "show this", static_cast<bool*>(nullptr)});
  text += "\nexamples:\n";
  for (const std::string& example : command.examples) text += "  " + example + "\n";
  return text;
}

std::string version_text() { return "nnc " NNC_VERSION "\n"; }

} // namespace nnc::cli
