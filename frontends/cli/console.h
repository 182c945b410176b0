// What the command writes: results on standard output, talk and errors on standard error.
//
// Escapes for colour only go to a terminal, and not if NO_COLOR is set or TERM is `dumb`; what acts
// on a terminal or hides text (control bytes, marks of direction) is written as an escape.
#pragma once

#include "frontends/host/source.h"

#include <span>
#include <string>
#include <string_view>

namespace nnc::cli {

/// Writes to standard output; a failure is kept for finish_output.
void print(std::string_view text);
/// A line on standard error; `line` has no line break at its end.
void say(std::string_view line);
/// Flushes standard output. E0122 if anything could not be written; a reader that has gone away
/// (a broken pipe) is no error.
Status finish_output();

/// The error as people read it, ending in a line break: place, code and message; the line of the
/// source with a mark below; notes, and help.
std::string error_text(const Error& error, const Sources& sources, bool colour);
/// Writes errors to standard error; gives exit_bad_input.
int report(std::span<const Error> errors, const Sources& sources = {});
int report(const Error& error, const Sources& sources = {});
/// A complaint about the command line, with the line that says how it is written; gives exit_usage.
int usage_error(std::string_view message, std::string_view help = {}, std::string_view usage = {});

} // namespace nnc::cli
