// Type rules as text: an op of operands of given types answers with its result type or its error.
#pragma once

#include "ir/builder.h"

#include <string>

namespace nnc {

struct Rows {
  OpTable table = standard_ops();
  Context context{table};
  Graph graph{context, "f"};
  Builder b{graph};

  Value leaf(const std::string& name, const std::string& type) {
    return graph.add_leaf(name, Role::input, *parse_type(type), {});
  }
  /// "i32[2]", or the message (code, cause, help) of the error.
  std::string build(std::string_view op, std::vector<Value> operands,
                    const NamedAttrs& attrs = {}) {
    const Value result = b.op(op, operands, attrs);
    if (const auto error = b.take_error())
      return error->code + ": " + error->message + (error->help.empty() ? "" : "; " + error->help);
    return to_string(b.type(result));
  }
  /// `op` of operands of the given types.
  std::string of(std::string_view op, const std::vector<std::string>& types,
                 const NamedAttrs& attrs = {}) {
    std::vector<Value> operands;
    for (std::size_t i = 0; i < types.size(); ++i)
      operands.push_back(leaf("x" + std::to_string(i) + types[i], types[i]));
    return build(op, operands, attrs);
  }
};

} // namespace nnc
