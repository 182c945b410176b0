#include "frontends/cli/console.h"

#include "frontends/cli/command.h"
#include "ir/printable.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace nnc::cli {
namespace {

int output_error = 0; // the first errno of standard output

bool colour_on_errors() {
  const char* none = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  return isatty(STDERR_FILENO) != 0 && !(none && *none) && !(term && !std::strcmp(term, "dumb"));
}

/// One line of text, safe to print.
std::string safe(std::string_view text) {
  std::string one_line(text);
  std::ranges::replace(one_line, '\t', ' ');
  return printable(one_line);
}

/// Lines of text, their ends and tabs as they are.
std::string safe_lines(std::string_view text) {
  std::string lines;
  while (true) {
    const std::size_t end = text.find_first_of("\n\t");
    lines += printable(text.substr(0, end));
    if (end == std::string_view::npos) return lines;
    lines += text[end];
    text.remove_prefix(end + 1);
  }
}

/// Line `line` (from 1) of a text.
std::optional<std::string_view> find_line(std::string_view text, int line) {
  std::size_t begin = 0;
  for (int at = 1; at < line; ++at) {
    begin = text.find('\n', begin);
    if (begin == std::string_view::npos) return std::nullopt;
    ++begin;
  }
  if (line < 1 || begin > text.size()) return std::nullopt;
  const std::string_view rest = text.substr(begin);
  const std::string_view found = rest.substr(0, rest.find('\n'));
  return found.ends_with('\r') ? found.substr(0, found.size() - 1) : found;
}

std::string place_text(const Place& place) {
  if (place.file.empty()) return {};
  if (place.line == 0) return safe(place.file) + ": ";
  return fmt::format("{}:{}:{}: ", safe(place.file), place.line, place.column);
}

struct Paint {
  bool colour;
  std::string operator()(std::string_view code, std::string_view text) const {
    return colour ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
  }
};

constexpr std::size_t shown_columns = 160;

/// The line and a mark below it. Of long lines only the part around the mark is shown.
std::string excerpt(const Place& place, const Sources& sources, const Paint& paint) {
  const auto source = sources.find(place.file);
  if (source == sources.end() || place.line == 0) return {};
  const auto line = find_line(source->second, place.line);
  if (!line) return {};
  std::size_t mark = 0; // in bytes; columns count characters
  for (int column = 1; column < place.column && mark < line->size(); ++column) do
      ++mark;
    while (mark < line->size() && continues_character((*line)[mark]));
  std::size_t begin = mark > shown_columns - 40 ? mark - 60 : 0;
  while (begin > 0 && continues_character((*line)[begin])) --begin;
  std::size_t end = std::min(line->size(), begin + shown_columns);
  while (end < line->size() && continues_character((*line)[end])) ++end;
  const std::string shown = (begin ? "..." : "") + safe(line->substr(begin, end - begin)) +
                            (end < line->size() ? "..." : "");
  const std::string before = (begin ? "..." : "") + safe(line->substr(begin, mark - begin));
  const auto width = static_cast<std::size_t>(
      std::ranges::count_if(before, [](char c) { return !continues_character(c); }));
  const auto length = std::clamp<std::size_t>(static_cast<std::size_t>(std::max(place.length, 1)),
                                              1, std::max<std::size_t>(1, shown.size() - width));
  return fmt::format("{:>5} | {}\n      | {}{}\n", place.line, shown, std::string(width, ' '),
                     paint("1;32", std::string(length, '^')));
}

} // namespace

void print(std::string_view text) {
  if (output_error != 0 || text.empty()) return;
  static const bool on_terminal = isatty(STDOUT_FILENO) != 0;
  const std::string shown = on_terminal ? safe_lines(text) : std::string();
  if (on_terminal) text = shown;
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) output_error = errno;
}

void say(std::string_view line) {
  const std::string text = safe(line) + "\n";
  std::fwrite(text.data(), 1, text.size(), stderr);
}

Status finish_output() {
  if (std::fflush(stdout) != 0 && output_error == 0) output_error = errno;
  if (output_error == 0 || output_error == EPIPE) return std::nullopt;
  return Error{.code = "E0122",
               .message =
                   fmt::format("cannot write standard output: {}", std::strerror(output_error))};
}

std::string error_text(const Error& error, const Sources& sources, bool colour) {
  const Paint paint{colour};
  const std::string kind = error.code.empty() ? "error:" : fmt::format("error[{}]:", error.code);
  std::string text = fmt::format("{}{} {}\n", paint("1", place_text(error.place)),
                                 paint("1;31", kind), paint("1", safe(error.message)));
  text += excerpt(error.place, sources, paint);
  for (const Note& note : error.notes) {
    text += fmt::format("{}{} {}\n", place_text(note.place), paint("1;36", "note:"),
                        safe(note.message));
    text += excerpt(note.place, sources, paint);
  }
  if (!error.help.empty())
    text += fmt::format("  {} {}\n", paint("1;36", "help:"), safe(error.help));
  return text;
}

int report(std::span<const Error> errors, const Sources& sources) {
  std::fflush(stdout);
  const bool colour = colour_on_errors();
  for (const Error& error : errors) {
    const std::string text = error_text(error, sources, colour);
    std::fwrite(text.data(), 1, text.size(), stderr);
  }
  return exit_bad_input;
}

int report(const Error& error, const Sources& sources) { return report({&error, 1}, sources); }

int usage_error(std::string_view message, std::string_view help, std::string_view usage) {
  say(fmt::format("nnc: {}", message));
  if (!usage.empty()) say(fmt::format("  {}", usage));
  if (!help.empty()) say(fmt::format("  help: {}", help));
  return exit_usage;
}

} // namespace nnc::cli
