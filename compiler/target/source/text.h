// Texts of expressions and statements in C and in languages like it.
#pragma once

#include "compiler/aot/names.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nnc::source {

/// How tightly the outermost operator of an expression binds, as in C.
enum class Level : std::uint8_t {
  choice, ///< a ? b : c
  either, ///< a || b
  both,   ///< a && b
  bits,   ///< & | ^ << >>: operands in parentheses, whatever binds tighter
  equality,
  relation,
  sum,
  product,
  unary,
  atom,
};

/// An expression as it is written.
struct Text {
  std::string text;
  Level level = Level::atom;
  int depth = 0;                            ///< operators one inside the other
  std::optional<std::int64_t> integer = {}; ///< the value, where it is a constant
};

/// `text` where an operand that binds at least as tightly as `level` is wanted.
inline std::string at_least(const Text& text, Level level) {
  return text.level < level ? "(" + text.text + ")" : text.text;
}

/// The stem, or with the first number behind it that makes a name which is not taken; then it is.
std::string fresh_name(aot::Names& taken, const std::string& stem);

/// Text of the model that stands in a comment: it does not end it, nor the line.
std::string comment(std::string text);

/// Statements, one below the other, each in its place from the margin.
class Lines {
public:
  /// A line that is too long goes on below, further in.
  void add(std::string_view line);
  void blank() { text_ += '\n'; }
  void indent() { ++depth_; }
  void open(std::string_view line) { ///< up to an opening brace
    add(line);
    ++depth_;
  }
  void close(std::string_view line = "}") {
    --depth_;
    add(line);
  }
  /// Text that stands as it is.
  void verbatim(std::string_view text) { text_ += text; }
  std::string take() { return std::move(text_); }

private:
  std::string text_;
  std::size_t depth_ = 0;
};

} // namespace nnc::source
