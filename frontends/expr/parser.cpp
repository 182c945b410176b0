#include "frontends/expr/parser.h"

#include "ir/messages.h"
#include "ir/printable.h"

#include <array>

namespace nnc {
namespace {

struct Infix {
  std::string_view sign;
  int precedence;
  std::string_view op;
};

/// As in Python: comparisons bind weakest, then | and &. `**` and signs are not among them.
constexpr std::array<Infix, 13> infix_table = {{{"==", 1, "eq"},
                                                {"!=", 1, "ne"},
                                                {"<", 1, "lt"},
                                                {"<=", 1, "le"},
                                                {">", 1, "gt"},
                                                {">=", 1, "ge"},
                                                {"|", 2, "or"},
                                                {"&", 3, "and"},
                                                {"+", 4, "add"},
                                                {"-", 4, "sub"},
                                                {"*", 5, "mul"},
                                                {"/", 5, "div"},
                                                {"@", 5, "matmul"}}};
constexpr int comparison = 1;
constexpr std::size_t longest_source = 40; ///< bytes

const Infix* find_infix(const Token& token) {
  if (token.kind != Token::Kind::sign) return nullptr;
  for (const Infix& infix : infix_table)
    if (infix.sign == token.text) return &infix;
  return nullptr;
}

/// After an error every step returns at once; the first error is kept.
class Parser {
public:
  Parser(std::string_view text, std::vector<Token> tokens, const TextPlaces& places)
      : text_(text), tokens_(std::move(tokens)), places_(places) {}

  Result<Assignment> run() {
    Assignment result;
    do result.out.push_back(out_name());
    while (!error_ && accept(","));
    if (!error_ && !accept("="))
      fail(peek(), peek().kind == Token::Kind::end && result.out.size() == 1
                       ? "an expression is written as \"name = ...\""
                       : "expected '=' after the name, found " + found());
    infix(0);
    if (!error_ && peek().kind != Token::Kind::end) fail(peek(), "unexpected " + found());
    if (error_) return std::move(*error_);
    result.expression = std::move(expression_);
    return result;
  }

private:
  const Token& peek(std::size_t ahead = 0) const {
    return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
  }
  const Token& advance() { return tokens_[std::min(at_++, tokens_.size() - 1)]; }
  bool accept(std::string_view sign) {
    if (error_ || !peek().is(sign)) return false;
    ++at_;
    return true;
  }
  std::string found() const {
    switch (peek().kind) {
    case Token::Kind::end:
      return "the end";
    case Token::Kind::number:
      return "a number";
    case Token::Kind::string:
      return "a string";
    default:
      return quote(peek().text);
    }
  }
  void expect(std::string_view sign, const Token& opened) {
    if (accept(sign) || error_) return;
    fail(peek(), "expected '" + std::string(sign) + "', found " + found());
    if (opened.kind == Token::Kind::sign)
      error_->notes.push_back({places_.place(opened.mark), "'" + opened.text + "' opened here"});
  }
  void fail(const Token& token, std::string message, std::string help = {}) {
    if (error_) return;
    error_ = Error{.code = "E0110",
                   .message = std::move(message),
                   .place = places_.place(token.mark),
                   .help = std::move(help)};
  }

  /// Counts a level of nesting for as long as it lives.
  struct Nested {
    explicit Nested(Parser& parser) : parser(parser) {
      if (++parser.depth_ > max_expression_depth)
        parser.fail(parser.peek(), "an expression nested deeper than 64");
    }
    ~Nested() { --parser.depth_; }
    Parser& parser;
  };

  NameDoc out_name() {
    if (peek().kind != Token::Kind::name) {
      fail(peek(), "expected a name, found " + found());
      return {};
    }
    const Token& token = advance();
    return {token.text, token.mark};
  }

  /// What stands between the token number `begin` and here, for dumps.
  std::string source(std::size_t begin) const {
    const std::size_t from = tokens_[begin].begin;
    const std::string_view written = text_.substr(from, tokens_[at_ - 1].end - from);
    if (written.size() <= longest_source) return std::string(written);
    std::size_t length = longest_source;
    while (continues_character(written[length])) --length;
    return std::string(written.substr(0, length)) + "...";
  }

  /// A term that begins at the token number `begin` and ends here.
  int push(std::size_t begin, Term term) {
    term.source = source(begin);
    expression_.terms.push_back(std::move(term));
    return static_cast<int>(expression_.terms.size()) - 1;
  }
  int literal(AttrDoc value) {
    expression_.literals.push_back(std::move(value));
    return static_cast<int>(expression_.literals.size()) - 1;
  }
  Argument operand(int term) const {
    return {.term = term, .mark = expression_.terms[static_cast<std::size_t>(term)].mark};
  }
  int push_call(std::size_t begin, std::string_view op, const Token& sign,
                std::initializer_list<int> operands) {
    Term term{.kind = Term::Kind::call, .text = std::string(op), .mark = sign.mark, .infix = true};
    for (const int index : operands) term.arguments.push_back(operand(index));
    return push(begin, std::move(term));
  }

  int infix(int precedence) {
    const std::size_t begin = at_;
    int left = sign();
    bool compared = false;
    while (!error_) {
      const Infix* operation = find_infix(peek());
      if (!operation || operation->precedence < precedence) break;
      if (operation->precedence == comparison && std::exchange(compared, true)) {
        fail(peek(), "comparisons do not chain", "write (a < b) & (b < c)");
        break;
      }
      const Token sign_token = advance();
      const int right = infix(operation->precedence + 1);
      if (!error_) left = push_call(begin, operation->op, sign_token, {left, right});
    }
    return left;
  }

  int sign() {
    if (error_) return 0;
    const std::size_t begin = at_;
    const Token token = peek();
    if (!token.is("-") && !token.is("+") && !token.is("~")) return power();
    const Nested nested(*this);
    advance();
    const int inner = sign();
    if (error_ || token.is("+")) return inner;
    if (token.is("~")) return push_call(begin, "not", token, {inner});
    Term& term = expression_.terms[static_cast<std::size_t>(inner)];
    if (term.kind != Term::Kind::number) return push_call(begin, "neg", token, {inner});
    term.number.real = -term.number.real;
    if (term.number.integer) term.number.integer = -*term.number.integer;
    term.mark.length += term.mark.column - token.mark.column;
    term.mark.column = token.mark.column;
    return inner;
  }

  int power() {
    const std::size_t begin = at_;
    const int base = postfix();
    if (error_ || !peek().is("**")) return base;
    const Nested nested(*this);
    const Token token = advance();
    const int exponent = sign();
    return error_ ? 0 : push_call(begin, "pow", token, {base, exponent});
  }

  int postfix() {
    const std::size_t begin = at_;
    int value = primary();
    while (!error_) {
      const Token token = peek();
      if (token.is("[")) {
        value = subscripts(begin, value);
      } else if (token.is(".")) {
        advance();
        if (!peek().is_word("T")) {
          fail(peek(), "after '.' only T may stand: x.T swaps the last two axes",
               peek().is_word("shape") ? "write sizes as numbers or size symbols" : "");
          break;
        }
        advance();
        value = push(begin,
                     {.kind = Term::Kind::swap, .arguments = {operand(value)}, .mark = token.mark});
      } else {
        break;
      }
    }
    return value;
  }

  int primary() {
    const std::size_t begin = at_;
    const Token token = advance();
    if (token.kind == Token::Kind::number)
      return push(begin, {.kind = Term::Kind::number, .number = token.number, .mark = token.mark});
    if (token.is("(")) {
      const Nested nested(*this);
      const int inner = infix(0);
      expect(")", token);
      return inner;
    }
    if (token.kind != Token::Kind::name) {
      --at_;
      fail(peek(), "expected a value, found " + found(),
           peek().is("[") ? "a tensor of numbers has a name: it stands under \"constants\"" : "");
      return 0;
    }
    if (peek().is("(")) return call(begin, token);
    if (token.is_word("true") || token.is_word("false") || token.is_word("none"))
      fail(token, "'" + token.text + "' is no operand");
    return push(begin, {.kind = Term::Kind::name, .text = token.text, .mark = token.mark});
  }

  int call(std::size_t begin, const Token& name) {
    const Nested nested(*this);
    const Token opened = advance();
    Term term{.kind = Term::Kind::call, .text = name.text, .mark = name.mark};
    while (!error_ && !peek().is(")")) {
      Argument one = argument();
      if (!error_ && one.name.empty() && !term.arguments.empty() &&
          !term.arguments.back().name.empty())
        error_ = Error{.code = "E0110",
                       .message = "operands stand before named attributes",
                       .place = places_.place(one.mark)};
      term.arguments.push_back(std::move(one));
      if (!accept(",")) break;
    }
    expect(")", opened);
    return error_ ? 0 : push(begin, std::move(term));
  }

  Argument argument() {
    const Token first = peek();
    std::string name;
    if (first.kind == Token::Kind::name && peek(1).is("=")) {
      name = first.text;
      at_ += 2;
    }
    Argument result;
    if (starts_literal()) {
      result.literal = literal(value());
    } else if (const int term = infix(0); !error_) {
      result = operand(term);
    }
    if (!name.empty()) result.mark = first.mark;
    if (name.empty() && result.literal >= 0)
      result.mark = expression_.literals[static_cast<std::size_t>(result.literal)].mark;
    result.name = std::move(name);
    return result;
  }

  bool starts_literal() const {
    return peek().is("[") || peek().kind == Token::Kind::string || peek().is_word("true") ||
           peek().is_word("false") || peek().is_word("none");
  }

  /// A literal: a list, string, number, name, true, false or none.
  AttrDoc value() {
    const Token token = advance();
    if (error_) return {};
    if (token.is("[")) return list(token);
    if (token.kind == Token::Kind::string) return {token.text, token.mark};
    if (token.is_word("none")) return {std::monostate{}, token.mark};
    if (token.is_word("true") || token.is_word("false")) return {token.text == "true", token.mark};
    if (token.kind == Token::Kind::name) return {Symbol{token.text}, token.mark};
    const bool minus = token.is("-");
    const Token number = minus ? advance() : token;
    if (number.kind != Token::Kind::number) {
      --at_;
      fail(peek(), "expected a number, name, string or list, found " + found());
      return {};
    }
    NumberDoc result = number.number;
    if (minus) {
      result.real = -result.real;
      if (result.integer) result.integer = -*result.integer;
    }
    return {result, token.mark};
  }

  AttrDoc list(const Token& opened) {
    const Nested nested(*this);
    AttrList items;
    while (!error_ && !peek().is("]")) {
      items.push_back(value());
      if (peek().kind == Token::Kind::sign && !peek().is(",") && !peek().is("]") && !peek().is(")"))
        fail(peek(), "a list holds names, numbers and lists, no expressions",
             "define the expression in a line of its own (\"v = ...\"), and write v here");
      if (!accept(",")) break;
    }
    expect("]", opened);
    return {std::move(items), opened.mark};
  }

  int subscripts(std::size_t begin, int operand_term) {
    const Nested nested(*this);
    const Token opened = advance();
    AttrList items;
    while (!error_) {
      items.push_back(subscript());
      if (!accept(",") || peek().is("]")) break;
    }
    expect("]", opened);
    if (error_) return 0;
    Term term{.kind = Term::Kind::index, .mark = opened.mark};
    term.arguments = {operand(operand_term),
                      {.literal = literal({std::move(items), opened.mark}), .mark = opened.mark}};
    return push(begin, std::move(term));
  }

  /// An integer or symbol; "..." as a string; a slice as a list of start, stop, step.
  AttrDoc subscript() {
    const Token first = peek();
    if (accept("...")) return {std::string("..."), first.mark};
    AttrList parts(3);
    std::size_t part = 0;
    while (!error_) {
      if (accept(":")) {
        if (++part > 2) fail(first, "a slice has at most two ':'");
      } else if (!peek().is(",") && !peek().is("]") && part < 3 && parts[part].null()) {
        parts[part] = value();
        if (!error_ && !parts[part].get<NumberDoc>() && !parts[part].get<Symbol>())
          fail(first, "expected an integer, a size symbol or a slice");
      } else {
        break;
      }
    }
    if (part == 0 && parts[0].null()) fail(peek(), "expected a subscript, found " + found());
    if (part == 0) return std::move(parts[0]);
    return {std::move(parts), first.mark};
  }

  std::string_view text_;
  std::vector<Token> tokens_;
  const TextPlaces& places_;
  Expression expression_;
  std::optional<Error> error_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

} // namespace

Result<Assignment> parse_assignment(std::string_view text, const TextPlaces& places) {
  auto tokens = read_tokens(text, places);
  if (!tokens) return std::move(tokens).error();
  return Parser(text, std::move(*tokens), places).run();
}

} // namespace nnc
