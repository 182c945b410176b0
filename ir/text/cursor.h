// Reading position in a text: what both text forms (graphs and kernels) are read with.
//
// Blanks, line ends and `//` comments separate what stands between them and mean nothing else.
// Names hold letters, digits and `_ . / -`; any other name stands in backquotes, where ``\` ``,
// `\\` and `\xNN` are escapes. Lines and columns count from 1, columns in characters.
#pragma once

#include "ir/error.h"

#include <cstddef>
#include <cstdint>

namespace nnc {

/// The name as the text forms write it: bare, or in backquotes.
std::string quoted_name(std::string_view name);
/// In double quotes, with `\"`, `\\` and `\xNN` as escapes.
std::string quoted_string(std::string_view text);

class Cursor {
public:
  struct Mark {
    std::size_t offset = 0;
    int line = 1, column = 1;
  };

  Cursor(std::string_view text, std::string file) : text_(text), file_(std::move(file)) {}

  /// Where the next thing that means something begins.
  Mark mark();
  /// From `from` to the end of what was read last (at least one column).
  Place place(Mark from) const;
  /// Of what comes next, up to its end.
  Place here();
  void rewind(Mark to) { at_ = last_ = to; }

  bool at_end();
  /// Whether what comes next stands on a later line than what was read last.
  bool begins_line() { return mark().line > last_.line; }
  char peek(); ///< 0 at the end
  bool accept(std::string_view symbol);
  /// A word [A-Za-z_][A-Za-z0-9_]* that equals `word` as a whole.
  bool accept_word(std::string_view word);
  /// [A-Za-z_][A-Za-z0-9_]*, with single dots inside if `dots`; empty when none comes next.
  std::string_view word(bool dots = false);
  /// Letters, digits and `_ . / -`, or anything in backquotes; nullopt when none comes next.
  std::optional<std::string> name();
  /// In backquotes only.
  std::optional<std::string> backquoted() { return enclosed('`'); }
  std::optional<std::string> string() { return enclosed('"'); }
  /// A whole number with an optional minus that fits.
  std::optional<std::int64_t> integer();
  /// A number in decimal or `inf`, `nan`, with an optional minus.
  std::optional<double> real();
  /// Reads on to the beginning of the next line.
  void skip_line();
  /// What comes next, for messages: "'foo'", "the end of the text".
  std::string found();

private:
  void step(); ///< past one byte
  void step(std::size_t bytes);
  void skip_blanks();
  std::optional<std::string> enclosed(char quote);
  std::string_view rest() const { return text_.substr(at_.offset); }

  std::string_view text_;
  std::string file_;
  Mark at_, last_; ///< last_: the end of what was read last
};

} // namespace nnc
