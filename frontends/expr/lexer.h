// Words of an expression (language.md section 3) with their places in the file.
#pragma once

#include "frontends/model/doc.h"

namespace nnc {

/// Where the bytes of an expression stand in its file.
struct TextPlaces {
  std::string file;
  int line = 0;
  int column = 1;                ///< of the first byte
  std::vector<int> columns = {}; ///< of each byte and of the end; empty: one column a byte

  Mark mark(std::size_t offset, std::size_t length) const;
  Place place(Mark mark) const { return {file, mark.line, mark.column, mark.length}; }
};

struct Token {
  enum class Kind : std::uint8_t { end, name, number, string, sign };
  Kind kind = Kind::end;
  /// A name without its backquotes, the content of a string, a sign ("**").
  std::string text = {};
  NumberDoc number = {};
  Mark mark = {};
  bool quoted = false;            ///< a name in backquotes: no keyword
  std::size_t begin = 0, end = 0; ///< bytes of the text

  bool is(std::string_view sign_text) const { return kind == Kind::sign && text == sign_text; }
  bool is_word(std::string_view word) const {
    return kind == Kind::name && !quoted && text == word;
  }
};

/// The words of `text`, closed by one of kind `end`; E0110.
Result<std::vector<Token>> read_tokens(std::string_view text, const TextPlaces& places);

} // namespace nnc
