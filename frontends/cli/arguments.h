// The command line: finds the sub-command, fills its options, runs it. Help on standard output,
// complaints with the nearest known name on standard error (exit code 2).
#pragma once

#include "frontends/cli/command.h"

namespace nnc::cli {

int run_arguments(int argc, const char* const* argv, std::vector<Command> commands);

} // namespace nnc::cli
