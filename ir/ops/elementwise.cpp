#include "ir/ops/elementwise.h"

namespace nnc::ops {
namespace {

/// Operands of one type that `require` accepts; the result has `dtype`, or theirs.
Result<std::vector<Type>> infer_class(InferArgs& args, Status (*require)(const InferArgs&),
                                      std::optional<DType> dtype = {}) {
  if (auto error = require_equal_types(args)) return *error;
  if (auto error = require(args)) return *error;
  return std::vector<Type>{{dtype.value_or(args.in[0].dtype), args.in[0].shape}};
}

Status require_integer(const InferArgs& args) {
  if (is_integer(args.in[0].dtype)) return std::nullopt;
  return args.operand_error("needs integers, not " + to_string(args.in[0]),
                            "write cast(x, to=\"i32\")");
}

Status require_bits(const InferArgs& args) {
  if (!is_float(args.in[0].dtype)) return std::nullopt;
  return args.operand_error("needs integers or bool, not " + to_string(args.in[0]),
                            "compare first, as in x != 0, or write cast(x, to=\"i32\")");
}

Status require_nothing(const InferArgs&) { return std::nullopt; }

} // namespace

Result<std::vector<Type>> infer_float(InferArgs& args) { return infer_class(args, require_float); }
Result<std::vector<Type>> infer_number(InferArgs& args) {
  return infer_class(args, require_number);
}
Result<std::vector<Type>> infer_integer(InferArgs& args) {
  return infer_class(args, require_integer);
}
Result<std::vector<Type>> infer_bits(InferArgs& args) { return infer_class(args, require_bits); }
Result<std::vector<Type>> infer_float_test(InferArgs& args) {
  return infer_class(args, require_float, DType::boolean);
}
Result<std::vector<Type>> infer_comparison(InferArgs& args) {
  return infer_class(args, require_nothing, DType::boolean);
}

double transcendental_cost(const CostArgs& args) {
  return 10.0 * static_cast<double>(args.out[0].elements());
}

void add_elementwise_rows(OpTable& table) {
  add_unary_rows(table);
  add_exponential_rows(table);
  add_trigonometric_rows(table);
  add_special_rows(table);
  add_binary_rows(table);
  add_logic_rows(table);
  add_select_rows(table);
}

} // namespace nnc::ops
