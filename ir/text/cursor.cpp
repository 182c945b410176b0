#include "ir/text/cursor.h"

#include "ir/messages.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

namespace nnc {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word(char c) { return is_letter(c) || is_digit(c); }
bool is_name(char c) { return is_word(c) || c == '.' || c == '/' || c == '-'; }

/// How many bytes at the beginning of `text` are a bare name: a comment ends it.
std::size_t bare_length(std::string_view text) {
  std::size_t length = 0;
  while (length < text.size() && is_name(text[length]) && !text.substr(length).starts_with("//"))
    ++length;
  return length;
}

bool is_bare(std::string_view name) {
  return !name.empty() && is_word(name[0]) && bare_length(name) == name.size() &&
         name.back() != '/' && name.back() != '-';
}

std::string escaped(std::string_view text, char quote) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string result(1, quote);
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == quote || c == '\\') {
      result += '\\';
      result += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      result += "\\x";
      result += digits[byte >> 4];
      result += digits[byte & 15];
    } else {
      result += c;
    }
  }
  return result + quote;
}

} // namespace

std::string quoted_name(std::string_view name) {
  return is_bare(name) ? std::string(name) : escaped(name, '`');
}

std::string quoted_string(std::string_view text) { return escaped(text, '"'); }

void Cursor::step() {
  const auto byte = static_cast<unsigned char>(text_[at_.offset++]);
  if (byte == '\n') {
    ++at_.line;
    at_.column = 1;
  } else if ((byte & 0xC0U) != 0x80U) { // continuation bytes of UTF-8 take no column
    ++at_.column;
  }
}

void Cursor::step(std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i) step();
}

void Cursor::skip_blanks() {
  while (at_.offset < text_.size()) {
    const char c = text_[at_.offset];
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r')
      step();
    else if (rest().starts_with("//"))
      step(std::min(rest().find('\n'), rest().size()));
    else
      return;
  }
}

Cursor::Mark Cursor::mark() {
  skip_blanks();
  return at_;
}

Place Cursor::place(Mark from) const {
  const int length = last_.line == from.line ? last_.column - from.column : 1;
  return {file_, from.line, from.column, std::max(length, 1)};
}

Place Cursor::here() {
  const Mark begin = mark(), before = last_;
  if (peek() == '`' || peek() == '"')
    enclosed(peek());
  else
    step(std::max<std::size_t>(bare_length(rest()), at_.offset < text_.size() ? 1 : 0));
  last_ = at_;
  const Place place = this->place(begin);
  at_ = begin;
  last_ = before;
  return place;
}

bool Cursor::at_end() {
  skip_blanks();
  return at_.offset >= text_.size();
}

char Cursor::peek() { return at_end() ? '\0' : text_[at_.offset]; }

bool Cursor::accept(std::string_view symbol) {
  skip_blanks();
  if (!rest().starts_with(symbol)) return false;
  step(symbol.size());
  last_ = at_;
  return true;
}

bool Cursor::accept_word(std::string_view wanted) {
  const Mark begin = mark(), before = last_;
  if (word() == wanted) return true;
  at_ = begin;
  last_ = before;
  return false;
}

std::string_view Cursor::word(bool dots) {
  skip_blanks();
  const std::string_view text = rest();
  std::size_t length = 0;
  if (text.empty() || !is_letter(text[0])) return {};
  while (length < text.size() &&
         (is_word(text[length]) ||
          (dots && text[length] == '.' && length + 1 < text.size() && is_word(text[length + 1]))))
    ++length;
  step(length);
  last_ = at_;
  return text.substr(0, length);
}

std::optional<std::string> Cursor::name() {
  skip_blanks();
  if (rest().starts_with('`')) return enclosed('`');
  const std::size_t length = bare_length(rest());
  if (length == 0) return std::nullopt;
  std::string result(rest().substr(0, length));
  step(length);
  last_ = at_;
  return result;
}

std::optional<std::string> Cursor::enclosed(char quote) {
  const Mark begin = mark();
  if (!accept(std::string_view(&quote, 1))) return std::nullopt;
  std::string result;
  while (at_.offset < text_.size() && text_[at_.offset] != '\n') {
    char c = text_[at_.offset];
    step();
    if (c == quote) {
      last_ = at_;
      return result;
    }
    if (c == '\\' && !rest().empty()) {
      c = rest()[0];
      unsigned code = 0;
      if (c == 'x' && rest().size() >= 3 &&
          std::from_chars(rest().data() + 1, rest().data() + 3, code, 16).ptr ==
              rest().data() + 3) {
        c = static_cast<char>(code);
        step(2);
      }
      step();
    }
    result += c;
  }
  at_ = last_ = begin; // it does not end on its line
  return std::nullopt;
}

std::optional<std::int64_t> Cursor::integer() {
  skip_blanks();
  std::int64_t value = 0;
  const char *first = rest().data(), *last = first + rest().size();
  const auto [end, fault] = std::from_chars(first, last, value);
  if (fault != std::errc{}) return std::nullopt;
  step(static_cast<std::size_t>(end - first));
  last_ = at_;
  return value;
}

std::optional<double> Cursor::real() {
  const Mark begin = mark();
  const bool negative = rest().starts_with('-');
  if (negative) step();
  const double sign = negative ? -1.0 : 1.0;
  if (!rest().empty() && is_letter(rest()[0])) {
    if (accept_word("inf")) return sign * std::numeric_limits<double>::infinity();
    if (accept_word("nan")) return std::numeric_limits<double>::quiet_NaN();
  } else {
    double value = 0;
    const char *first = rest().data(), *last = first + rest().size();
    const auto [end, fault] = std::from_chars(first, last, value);
    if (end != first) {
      if (fault != std::errc{}) // too large or too small to be told apart from these
        value = std::string_view(first, end).find("e-") != std::string_view::npos
                    ? 0.0
                    : std::numeric_limits<double>::infinity();
      step(static_cast<std::size_t>(end - first));
      last_ = at_;
      return sign * value;
    }
  }
  at_ = last_ = begin;
  return std::nullopt;
}

void Cursor::skip_line() {
  step(std::min(rest().find('\n'), rest().size()));
  if (!rest().empty()) step();
}

std::string Cursor::found() {
  if (at_end()) return "the end of the text";
  const Mark begin = at_;
  const Place place = here();
  at_ = begin;
  std::size_t bytes = 0;
  for (int column = 0; column < place.length && bytes < rest().size(); ++column) {
    ++bytes;
    while (bytes < rest().size() && (static_cast<unsigned char>(rest()[bytes]) & 0xC0U) == 0x80U)
      ++bytes;
  }
  return quote(rest().substr(0, bytes));
}

} // namespace nnc
