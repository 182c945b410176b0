// What is wrong with the words of a command line, found before any of them is used: said in the
// words of nnc, whatever parses them.
#pragma once

#include "frontends/cli/command.h"

namespace nnc::cli {

struct Misuse {
  std::string message, help;
};

/// Each of "-f,--function".
std::vector<std::string> option_names(const Option& option);
bool by_position(const Option& option);
bool is_flag(const Option& option);

/// The first of: an option that the command lacks, one without its value, a flag with one, an
/// option given twice that takes one value, a word too many; else what is missing. `words` are
/// those behind the name of the command.
std::optional<Misuse> find_misuse(const Command& command, const std::vector<std::string>& words);

} // namespace nnc::cli
