#include "frontends/expr/lexer.h"

#include "ir/messages.h"
#include "ir/printable.h"

#include <array>
#include <charconv>

namespace nnc {
namespace {

bool letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool digit(char c) { return c >= '0' && c <= '9'; }

class Lexer {
public:
  Lexer(std::string_view text, const TextPlaces& places) : text_(text), places_(places) {}

  Result<std::vector<Token>> run() {
    std::vector<Token> tokens;
    while (true) {
      while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n'))
        ++at_;
      auto token = next();
      if (!token) return token.error();
      tokens.push_back(std::move(*token));
      if (tokens.back().kind == Token::Kind::end) return tokens;
    }
  }

private:
  Result<Token> next() {
    if (at_ >= text_.size()) return Token{.mark = places_.mark(text_.size(), 1)};
    const char c = text_[at_];
    if (letter(c)) {
      std::size_t end = at_;
      while (end < text_.size() && (letter(text_[end]) || digit(text_[end]))) ++end;
      return take(Token::Kind::name, end, std::string(text_.substr(at_, end - at_)));
    }
    if (digit(c) || (c == '.' && at_ + 1 < text_.size() && digit(text_[at_ + 1]))) return number();
    if (c == '`' || c == '"') return quoted(c);
    constexpr std::array<std::string_view, 25> signs = {
        "...", "**", "==", "!=", "<=", ">=", "<", ">", "=", "+", "-", "*", "/",
        "@",   "&",  "|",  "~",  "(",  ")",  "[", "]", ",", ":", ".", "%"};
    for (const std::string_view sign : signs)
      if (text_.substr(at_).starts_with(sign))
        return take(Token::Kind::sign, at_ + sign.size(), std::string(sign));
    const std::string_view sign = text_.substr(at_, character_length());
    Error unknown = error(at_, sign.size(), quote(sign) + " has no meaning in an expression");
    unknown.help = meant_by(sign);
    return unknown;
  }

  /// What those want who know the sign from other languages.
  static std::string meant_by(std::string_view sign) {
    if (sign == "^") return "a power is a ** b, an exclusive or is xor(a, b)";
    if (sign == "!") return "the opposite of a bool is ~a";
    if (sign == "?") return "a choice is select(condition, a, b)";
    return "";
  }

  Token take(Token::Kind kind, std::size_t end, std::string text) {
    Token token{.kind = kind,
                .text = std::move(text),
                .mark = places_.mark(at_, end - at_),
                .begin = at_,
                .end = end};
    at_ = end;
    return token;
  }

  Result<Token> number() {
    std::size_t end = at_;
    bool integer = true;
    while (end < text_.size()) {
      const char c = text_[end];
      const bool exponent = c == 'e' || c == 'E';
      if (exponent && end + 1 < text_.size() && (text_[end + 1] == '+' || text_[end + 1] == '-'))
        ++end;
      else if (!digit(c) && c != '.' && !letter(c))
        break;
      if (c == '.' || exponent) integer = false;
      ++end;
    }
    const std::string_view word = text_.substr(at_, end - at_);
    NumberDoc number;
    const auto read = std::from_chars(word.data(), word.data() + word.size(), number.real);
    if (read.ec != std::errc{} || read.ptr != word.data() + word.size())
      return error(at_, word.size(),
                   quote(word) + (read.ec == std::errc::result_out_of_range
                                      ? " is outside the range of f64"
                                      : " is not a number"));
    std::int64_t exact = 0;
    if (integer && std::from_chars(word.data(), word.data() + word.size(), exact).ec == std::errc{})
      number.integer = exact;
    Token token = take(Token::Kind::number, end, {});
    token.number = number;
    return token;
  }

  Result<Token> quoted(char quote_sign) {
    const std::size_t end = text_.find(quote_sign, at_ + 1);
    if (end == std::string_view::npos)
      return error(at_, 1, std::string("no closing ") + quote_sign);
    const std::string_view inside = text_.substr(at_ + 1, end - at_ - 1);
    if (quote_sign == '`' && !is_name(inside))
      return error(at_, end + 1 - at_, quote(inside) + " is not a name");
    Token token = take(quote_sign == '`' ? Token::Kind::name : Token::Kind::string, end + 1,
                       std::string(inside));
    token.quoted = true;
    return token;
  }

  std::size_t character_length() const {
    std::size_t length = 1;
    while (at_ + length < text_.size() && continues_character(text_[at_ + length])) ++length;
    return length;
  }

  Error error(std::size_t at, std::size_t length, std::string message) const {
    return {.code = "E0110",
            .message = std::move(message),
            .place = places_.place(places_.mark(at, length))};
  }

  std::string_view text_;
  const TextPlaces& places_;
  std::size_t at_ = 0;
};

} // namespace

Mark TextPlaces::mark(std::size_t offset, std::size_t length) const {
  if (columns.empty())
    return {line, column + static_cast<int>(offset), std::max(1, static_cast<int>(length))};
  const auto at = [&](std::size_t i) { return columns[std::min(i, columns.size() - 1)]; };
  return {line, at(offset), std::max(1, at(offset + length) - at(offset))};
}

Result<std::vector<Token>> read_tokens(std::string_view text, const TextPlaces& places) {
  return Lexer(text, places).run();
}

} // namespace nnc
