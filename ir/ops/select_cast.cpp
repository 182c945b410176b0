// select and cast.

#include "ir/ops/elementwise.h"

namespace nnc::ops {
namespace {

Result<std::vector<Type>> infer_select(InferArgs& args) {
  const Type &condition = args.in[0], &a = args.in[1], &b = args.in[2];
  if (condition.dtype != DType::boolean)
    return args.operand_error("the condition is " + to_string(condition) + ", not bool",
                              "compare, as in x > 0");
  if (a.dtype != b.dtype)
    return args.operand_error("operands are " + to_string(a) + " and " + to_string(b),
                              "write cast(x, to=\"" + std::string(dtype_name(a.dtype)) + "\")");
  if (a != b) return args.operand_error("operands are " + to_string(a) + " and " + to_string(b));
  if (condition.shape != a.shape)
    return args.operand_error("the condition is " + to_string(condition) + ", the operands are " +
                              to_string(a));
  return std::vector<Type>{a};
}

Expr select_element(ElementBuilder& e, int, std::span<const Index> at) {
  return e.pool.select(e.input(0, at), e.input(1, at), e.input(2, at));
}

void select_grad(Pullback& p) {
  if (p.needs(1)) p.give_where(1, p.in(0), p.ct());
  if (p.needs(2)) p.give_where(2, p.b.op("not", {p.in(0)}), p.ct());
}

Result<std::vector<Type>> infer_cast(InferArgs& args) {
  return std::vector<Type>{{args.view().dtype("to"), args.in[0].shape}};
}

Expr cast_element(ElementBuilder& e, int, std::span<const Index> at) {
  return e.pool.cast(e.input(0, at), e.out().dtype);
}

void cast_grad(Pullback& p) {
  const DType from = p.in_type(0).dtype;
  if (is_float(from) && is_float(p.out_type().dtype)) p.give(0, p.b.cast(p.ct(), from));
}

} // namespace

void add_select_rows(OpTable& table) {
  table.add({.name = "select",
             .kind = element_wise,
             .min_operands = 3,
             .max_operands = 3,
             .doc = "a where the condition holds, b elsewhere",
             .derivative = "none; the cotangent where it holds; where it does not",
             .infer = infer_select,
             .element = select_element,
             .grad = select_grad,
             .elementwise = true});
  table.add({.name = "cast",
             .kind = element_wise,
             .attrs = {{.name = "to", .kind = AttrKind::dtype, .required = true}},
             .doc = "x as another dtype, rounded to nearest even; float to integer truncates and "
                    "saturates, NaN gives 0; integers wrap; to bool is x != 0",
             .derivative = "casts back between floats; none to or from the others",
             .infer = infer_cast,
             .element = cast_element,
             .grad = cast_grad,
             .elementwise = true});
}

} // namespace nnc::ops
