// Reads the lines of a function: results, an operation or literal with its operands and attributes,
// and the types. A line that cannot be read is skipped, so that the errors of others are found too.
#pragma once

#include "ir/text/function_text.h"

namespace nnc {

class BodyParser {
public:
  explicit BodyParser(FunctionText& text)
      : text_(text), cursor_(text.cursor), graph_(text.graph), values_(text.values) {}

  /// All lines and the `}` after them; false when the rest of the text cannot be read.
  bool run();

private:
  bool statement();
  /// Reads the types at the end of a line and compares them.
  bool check_types(Cursor::Mark begin, std::span<const Value> values, bool known);
  void skip_statement();

  /// A literal or an operation; `known` becomes false when an operand failed before.
  bool expression(std::vector<Value>& results, bool& known);
  bool literal(Cursor::Mark begin, Value& result);
  bool operand(Value& value, bool& known, int depth);
  bool operation(Cursor::Mark begin, std::string_view name, std::vector<Value>& results,
                 bool& known, int depth);
  /// Leaves stand in the header only.
  bool unknown_operation(Cursor::Mark begin, std::string_view name);

  bool attributes(const OpRow& row, Attrs& attrs);
  bool attribute(AttrKind kind, AttrValue& value);
  bool body(AttrValue& value);

  FunctionText& text_;
  Cursor& cursor_;
  Graph& graph_;
  ByName<Value>& values_;
  std::vector<std::string> results_; ///< names that the statement defines
};

} // namespace nnc
