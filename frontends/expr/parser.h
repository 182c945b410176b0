// Expressions of language.md section 3: "out = expr" or "a, b = expr".
//
// Precedence climbing; nesting (parentheses, calls, signs, exponents) goes 64 deep at most, while
// chains such as a + b + c + ... may be as long as they like. The result is flat, see Expression.
#pragma once

#include "frontends/expr/lexer.h"

namespace nnc {

inline constexpr int max_expression_depth = 64;

struct Assignment {
  std::vector<NameDoc> out;
  Expression expression;
};

/// E0110 at the word that does not fit.
Result<Assignment> parse_assignment(std::string_view text, const TextPlaces& places);

} // namespace nnc
