#include "frontends/cli/arguments.h"
#include "frontends/cli/console.h"

#include <csignal>
#include <exception>
#include <new>
#include <unistd.h>

namespace {

/// Commands that keep something to save (train) put their own handler in place.
extern "C" void interrupted(int) { _exit(nnc::cli::exit_interrupted); }

int guarded(int argc, char** argv) {
  using namespace nnc::cli;
  try {
    return run_arguments(argc, argv, all_commands());
  } catch (const std::bad_alloc&) {
    return report({.code = "E0602",
                   .message = "there is not enough memory",
                   .help = "use smaller sizes or batches"});
  } catch (const std::exception& error) {
    say("nnc: internal error: " + std::string(error.what()) +
        "; this is a fault of nnc, please report it with the model and the command line");
    return exit_internal;
  }
}

} // namespace

int main(int argc, char** argv) {
  std::signal(SIGINT, interrupted);
  const int code = guarded(argc, argv);
  if (const auto error = nnc::cli::finish_output(); error && code == nnc::cli::exit_ok)
    return nnc::cli::report(*error);
  return code;
}
