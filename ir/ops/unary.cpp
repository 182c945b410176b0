// Rows of one operand that are not transcendental: signs, roots, rounding, bits and tests.

#include "ir/ops/elementwise.h"

namespace nnc::ops {
namespace {

void sqrt_grad(Pullback& p) { p.give(0, p.b.div(p.b.mul(p.ct(), 0.5), p.out())); }

/// y^3 rather than y / x: no division, and the next order is a power again.
void rsqrt_grad(Pullback& p) {
  const Value y = p.out();
  p.give(0, p.b.mul(p.b.mul(p.ct(), -0.5), p.b.mul(y, p.b.mul(y, y))));
}

void add_sign_rows(OpTable& table) {
  table.add(unary<ScalarOp::neg>({.name = "neg",
                                  .kind = element_wise,
                                  .doc = "-x; integers wrap",
                                  .derivative = "-1",
                                  .formula = Notation::negative,
                                  .infer = infer_number,
                                  .grad = [](Pullback& p) { p.give(0, p.b.neg(p.ct())); }}));
  table.add(unary<ScalarOp::abs>(
      {.name = "abs",
       .kind = element_wise,
       .doc = "|x|; the lowest integer is its own absolute value",
       .derivative = "sign(x), so 0 at 0",
       .infer = infer_number,
       .grad = [](Pullback& p) { p.give(0, p.b.mul(p.ct(), p.b.op("sign", {p.in(0)}))); }}));
  table.add(unary<ScalarOp::sign>({.name = "sign",
                                   .kind = element_wise,
                                   .doc = "-1, 0 or 1; -0 and NaN stay what they are",
                                   .derivative = "0",
                                   .infer = infer_number}));
}

void add_root_rows(OpTable& table) {
  table.add(unary<ScalarOp::sqrt>({.name = "sqrt",
                                   .kind = element_wise,
                                   .doc = "square root; NaN below 0, sqrt(-0) = -0",
                                   .derivative = "1/2 / sqrt(x), so infinite at 0",
                                   .infer = infer_float,
                                   .grad = sqrt_grad}));
  table.add(unary<ScalarOp::rsqrt>({.name = "rsqrt",
                                    .kind = element_wise,
                                    .doc = "1 / sqrt(x)",
                                    .derivative = "-1/2 * rsqrt(x)^3",
                                    .infer = infer_float,
                                    .grad = rsqrt_grad}));
}

void add_rounding_rows(OpTable& table) {
  table.add(unary<ScalarOp::floor>({.name = "floor",
                                    .kind = element_wise,
                                    .doc = "the largest integer <= x",
                                    .derivative = "0",
                                    .infer = infer_float}));
  table.add(unary<ScalarOp::ceil>({.name = "ceil",
                                   .kind = element_wise,
                                   .doc = "the smallest integer >= x",
                                   .derivative = "0",
                                   .infer = infer_float}));
  table.add(unary<ScalarOp::round>({.name = "round",
                                    .kind = element_wise,
                                    .doc = "the nearest integer, half to even",
                                    .derivative = "0",
                                    .infer = infer_float}));
}

void add_test_rows(OpTable& table) {
  table.add(unary<ScalarOp::bit_not>({.name = "not",
                                      .kind = element_wise,
                                      .doc = "logical not of bool, every bit of an integer",
                                      .derivative = "none: not a float",
                                      .infer = infer_bits}));
  table.add(unary<ScalarOp::is_finite>({.name = "is_finite",
                                        .kind = element_wise,
                                        .doc = "neither infinite nor NaN; bool",
                                        .derivative = "none: bool",
                                        .infer = infer_float_test}));
  table.add(unary<ScalarOp::is_nan>({.name = "is_nan",
                                     .kind = element_wise,
                                     .doc = "is NaN; bool",
                                     .derivative = "none: bool",
                                     .infer = infer_float_test}));
}

} // namespace

void add_unary_rows(OpTable& table) {
  add_sign_rows(table);
  add_root_rows(table);
  add_rounding_rows(table);
  add_test_rows(table);
}

} // namespace nnc::ops
