// One run of the command from its words to its exit code, whatever happens on the way.
//
// A fault of nnc itself (a broken invariant, what LLVM cannot do) ends with exit_internal and one
// block on standard error that says what to report; the process does not abort.
#pragma once

#include "frontends/cli/command.h"

namespace nnc::cli {

int run_program(int argc, const char* const* argv, std::vector<Command> commands);

} // namespace nnc::cli
