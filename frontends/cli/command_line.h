// Options as they are written on a command line, and words as a shell reads them back.
#pragma once

#include "frontends/cli/command.h"

namespace nnc::cli {

/// In quotes where a shell would take the word apart.
std::string shell_word(std::string_view word);

/// " --size N=3 --size K=2": the option with its value; nothing where it has the value that
/// `unless` has.
std::string written(const Option& option, const Option* unless);

} // namespace nnc::cli
