// Help texts, made from the same description as the parser.
#pragma once

#include "frontends/cli/command.h"

#include <span>

namespace nnc::cli {

std::string main_help(std::span<const Command> commands); ///< below 40 lines
/// "usage: nnc COMMAND [OPTION]..."
std::string main_usage();
/// "usage: nnc run MODEL [OPTION]..."
std::string usage_line(const Command& command);
std::string command_help(const Command& command);
std::string version_text();

} // namespace nnc::cli
