// Leaves, constants, and nodes that are their operand under another name.

#include "ir/ops/rows.h"

namespace nnc::ops {
namespace {

Expr same_element(ElementBuilder& e, int, std::span<const Index> at) { return e.input(0, at); }
void pass_cotangent(Pullback& p) { p.give(0, p.ct()); }

Result<std::vector<Type>> infer_constant(InferArgs& args) {
  const Literal& literal = args.view().literal("value");
  if (literal.type != args.view().type("type"))
    return args.attr_error("the value is " + to_string(literal.type) + ", the type " +
                           to_string(args.view().type("type")));
  return std::vector<Type>{literal.type};
}

/// A scalar is a number in the expression; larger constants stay where they are stored.
Expr constant_element(ElementBuilder& e, int, std::span<const Index>) {
  const Literal& literal = e.attrs().literal("value");
  if (!literal.type.scalar()) throw InternalError("constant: only scalars have an element");
  const DType dtype = literal.type.dtype;
  return is_float(dtype) ? e.pool.constant(dtype, literal_real(literal, 0))
                         : e.pool.constant_int(dtype, literal_integer(literal, 0));
}

void add_leaf_rows(OpTable& table) {
  table.add({.name = "input",
             .kind = "structure",
             .min_operands = 0,
             .max_operands = 0,
             .attrs = {{.name = "name", .kind = AttrKind::string, .required = true},
                       {.name = "role", .kind = AttrKind::string, .required = true},
                       {.name = "type", .kind = AttrKind::type, .required = true}},
             .doc = "a leaf of a function: input, param, state or constant",
             .infer = [](InferArgs& args) -> Result<std::vector<Type>> {
               return std::vector<Type>{args.view().type("type")};
             },
             .cost = no_cost,
             .opaque = true,
             .leaf = true});
  table.add({.name = "constant",
             .kind = "structure",
             .min_operands = 0,
             .max_operands = 0,
             .attrs = {{.name = "type", .kind = AttrKind::type, .required = true},
                       {.name = "value", .kind = AttrKind::literal, .required = true}},
             .doc = "a literal",
             .infer = infer_constant,
             .element = constant_element,
             .cost = no_cost,
             .literal = true});
}

/// The operand under another node, which interning and rewrites do not see through.
OpRow identity_row(std::string name, AttrSpec attr, std::string doc) {
  return {.name = std::move(name),
          .kind = "structure",
          .attrs = {std::move(attr)},
          .doc = std::move(doc),
          .derivative = "passes the cotangent",
          .infer = infer_same,
          .element = same_element,
          .grad = pass_cotangent,
          .cost = no_cost,
          .elementwise = true,
          .opaque = true};
}

void add_identity_rows(OpTable& table) {
  table.add(identity_row("cut", {.name = "name", .kind = AttrKind::string, .required = true},
                         "the operand, as the variable `name` that a derivative asks for"));
  OpRow checkpoint = identity_row(
      "checkpoint", {}, "the operand, which derivatives compute again instead of keeping");
  checkpoint.kind = "control";
  checkpoint.attrs.clear();
  table.add(std::move(checkpoint));
  table.add({.name = "stop_gradient",
             .kind = "control",
             .doc = "the operand, a constant to every derivative",
             .derivative = "0 by definition",
             .infer = infer_same,
             .element = same_element,
             .cost = no_cost,
             .elementwise = true,
             .stops_gradient = true});
}

} // namespace

void add_structure_rows(OpTable& table) {
  add_leaf_rows(table);
  add_identity_rows(table);
}

} // namespace nnc::ops
