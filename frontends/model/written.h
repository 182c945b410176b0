// Pieces of a model as they were written: marks in the source, attribute values, expressions.
//
// Nothing here is resolved: names are text, sizes may be symbols. Positions are kept without the
// file's name, which the model holds once.
#pragma once

#include "ir/error.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace nnc {

/// A place without its file. Columns count characters (code points), not bytes.
struct Mark {
  int line = 0;
  int column = 0;
  int length = 1;
  bool operator==(const Mark&) const = default;
};

struct NameDoc {
  std::string text;
  Mark mark = {};
};

struct NumberDoc {
  double real = 0;
  /// Exact, when it was written without point and exponent and fits 64 bits.
  std::optional<std::int64_t> integer = {};
};

/// A bare name where a value is wanted: a size symbol (`shape=[N, 64]`) or a variable (`[w, b]`).
struct Symbol {
  std::string text;
  bool operator==(const Symbol&) const = default;
};

struct AttrDoc;
struct AttrEntry;
using AttrList = std::vector<AttrDoc>;
using AttrObject = std::vector<AttrEntry>;

/// Any value as JSON or an expression writes it; null is `monostate`.
struct AttrDoc {
  std::variant<std::monostate, bool, NumberDoc, std::string, Symbol, AttrList, AttrObject> value;
  Mark mark = {};

  template <class T>
  const T* get() const {
    return std::get_if<T>(&value);
  }
  bool null() const { return std::holds_alternative<std::monostate>(value); }
  const AttrDoc* find(std::string_view key) const; ///< in an object; null when absent
};

struct AttrEntry {
  NameDoc key;
  AttrDoc value;
};

/// "a list", "a string", ...: for messages.
std::string_view kind_name(const AttrDoc& value);

/// An argument of a call: an earlier term of the expression, or a literal value.
struct Argument {
  std::string name = {}; ///< empty: by position
  int term = -1;
  int literal = -1; ///< in Expression::literals
  Mark mark = {};
};

/// One step of an expression.
struct Term {
  enum class Kind : std::uint8_t {
    name,
    number,
    call,  ///< an op, a function of nn or of the model; infix operators call theirs
    index, ///< argument 0 by `[...]`; argument 1 is the list of subscripts
    swap   ///< argument 0 with its last two axes swapped: `x.T`
  };
  Kind kind = Kind::name;
  std::string text = {}; ///< of a name and of a call
  NumberDoc number = {};
  std::vector<Argument> arguments = {};
  Mark mark = {};
  bool infix = false;      ///< an operator between or before its operands
  std::string source = {}; ///< what is written there, shortened; empty: written as an object
};

/// Terms in order of evaluation, operands before their users; the last is the result. Flat, so
/// that a sum of 100,000 terms is no deep tree.
struct Expression {
  std::vector<Term> terms = {};
  std::vector<AttrDoc> literals = {};
};

} // namespace nnc
