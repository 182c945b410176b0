// The functions built of primitives: layers, losses, activations and the rest, reachable by name
// from JSON, expressions and C++ through one table; and `apply`, which finds rows as well.
//
// Meanings are fixed by docs: every function has a doc line and a formula in its entry.
#pragma once

#include "frontends/nn/scope.h"

namespace nnc::nn {

class Call; // frontends/nn/call.h

struct OperandSpec {
  std::string name;
  bool optional = false; ///< may be absent or skipped
  bool open = false;     ///< the last one: any number from here on
};

/// Which numbers an attribute may be.
enum class Interval { any, not_negative, positive, fraction }; ///< fraction: in [0, 1)

/// An attribute of a function. Where several kinds are allowed, the first is the main one.
struct AttrDecl {
  std::string name;
  std::vector<AttrKind> kinds;
  bool required = false;
  AttrValue fallback = {}; ///< absent: the function chooses, see `doc`
  std::string doc = {};
  std::vector<std::string> choices = {}; ///< of a string
  Interval interval = Interval::any;     ///< of a number
};

struct Function {
  std::string name;
  std::string family; ///< "activation", "loss", ...
  std::vector<OperandSpec> operands = {};
  std::vector<AttrDecl> attrs = {};
  std::vector<std::string> results = {"y"}; ///< empty: as many as an attribute says
  std::string doc = {};                     ///< one line, with conventions at corners
  std::string formula = {};
  std::vector<Value> (*build)(Call& call) = nullptr; ///< empty after an error
  bool attrs_first = false; ///< by position the attributes stand before the operands (einsum)
};

/// Functions by name, in the order in which they were added.
class FunctionTable {
public:
  void add(Function function); ///< replaces one of the same name
  const Function* find(std::string_view name) const;
  const std::deque<Function>& all() const { return functions_; }

private:
  std::deque<Function> functions_;
  std::map<std::string, Function*, std::less<>> by_name_;
};

/// Every function of nnc: frontends/nn/*.cpp.
FunctionTable standard_functions();

/// How a function or row is written: what a reader needs to tell operands from attributes.
struct Signature {
  std::string name;
  std::vector<OperandSpec> operands;
  std::vector<AttrDecl> attrs; ///< in the order in which they follow the operands by position
  bool attrs_first = false;

  bool open() const { return !operands.empty() && operands.back().open; }
};

/// The function `name`, else the row `name`; nothing for unknown names and for rows that only stand
/// for something until a pass dissolves them (input, constant, cut, call, grad).
std::optional<Signature> find_signature(const FunctionTable& functions, const OpTable& rows,
                                        std::string_view name);
/// E0303 for a name that is none of these, with the nearest one.
Error unknown_function(const FunctionTable& functions, const OpTable& rows, std::string_view name);

/// `value` as the kind that an attribute wants: an integer is also a real or a list of one, a
/// string names a dtype or type, [] is any empty list; a number inside its interval. Else an E0204
/// that names `user`.
Result<AttrValue> attribute_of_kind(std::string_view user, const AttrDecl& attr, AttrValue value);

/// Builds a function or a row. Operands of element-wise rows broadcast; numbers take the dtype of
/// the operands beside them; with none beside them, but a dtype among the attributes (`cast`), they
/// are i64 or f64 as they are written. Attributes may come in any order and in the kinds that
/// `attribute_of_kind` accepts. Empty, with `scope.error()` set, after an error.
std::vector<Value> apply(Scope& scope, std::string_view name, std::span<const Operand> operands,
                         const NamedAttrs& attrs = {});

/// The same of numbers alone, which combine in f64 before they take a dtype: `sqrt(2)`, `1/3`. A
/// whole result of whole numbers stays whole. Nothing where the result is not one f64, as of a
/// comparison or a cast, or where there is an error.
std::optional<Number> apply_to_numbers(const FunctionTable& functions, const OpTable& rows,
                                       std::string_view name, std::span<const Number> numbers,
                                       const NamedAttrs& attrs = {});

} // namespace nnc::nn
