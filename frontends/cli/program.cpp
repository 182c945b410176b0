#include "frontends/cli/program.h"

#include "compiler/target/cpu/cpu_target.h"
#include "frontends/cli/arguments.h"
#include "frontends/cli/command_line.h"
#include "frontends/cli/console.h"
#include "frontends/cli/help.h"

#include <fmt/format.h>

#include <csignal>
#include <exception>
#include <new>
#include <unistd.h>

namespace nnc::cli {
namespace {

/// Commands that keep something to save (train) put their own handler in place.
extern "C" void interrupted(int) { _exit(exit_interrupted); }

/// The command line, for handlers that get nothing handed.
std::string command_line; // NOLINT: set once, before anything can fail

int report_internal_error(std::string_view what) {
  const std::string text =
      fmt::format("nnc: internal error: {}\n"
                  "  This is a fault of nnc, not of the model. Please report all of this text,\n"
                  "  with the model and its files:\n"
                  "    version: {}"
                  "    command: {}\n",
                  what, version_text(), command_line);
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);
    say(std::string_view(text).substr(begin, end - begin));
    begin = end + 1;
  }
  return exit_internal;
}

void end_by_internal_error(const char* what) { _exit(report_internal_error(what)); }

/// An exception that left a thread or a destructor.
void end_by_exception() {
  try {
    if (const auto current = std::current_exception()) std::rethrow_exception(current);
  } catch (const std::exception& error) {
    end_by_internal_error(error.what());
  } catch (...) {
  }
  end_by_internal_error("terminated");
}

int guarded(int argc, const char* const* argv, std::vector<Command> commands) {
  try {
    return run_arguments(argc, argv, std::move(commands));
  } catch (const std::bad_alloc&) {
    return report({.code = "E0602",
                   .message = "there is not enough memory",
                   .help = "use smaller sizes or batches"});
  } catch (const std::exception& error) {
    return report_internal_error(error.what());
  }
}

} // namespace

int run_program(int argc, const char* const* argv, std::vector<Command> commands) {
  command_line = "nnc";
  for (int i = 1; i < argc; ++i) command_line += " " + shell_word(argv[i]);
  std::signal(SIGINT, interrupted);
  std::set_terminate(end_by_exception);
  on_fatal_error(end_by_internal_error);
  const int code = guarded(argc, argv, std::move(commands));
  if (const auto error = finish_output(); error && code == exit_ok) return report(*error);
  return code;
}

} // namespace nnc::cli
