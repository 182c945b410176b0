// Trigonometric functions of one operand and their inverses; angles in radians.

#include "ir/ops/elementwise.h"

namespace nnc::ops {
namespace {

Value one(Pullback& p) { return p.b.full(p.in_type(0), 1.0); }

/// 1 / sqrt(1 - x^2); the product is accurate next to 1, where 1 - x*x is not.
Value asin_derivative(Pullback& p) {
  const Value x = p.in(0);
  return p.b.op("rsqrt", {p.b.mul(p.b.sub(one(p), x), p.b.add(one(p), x))});
}

void tan_grad(Pullback& p) {
  p.give(0, p.b.mul(p.ct(), p.b.add(one(p), p.b.mul(p.out(), p.out()))));
}

void atan_grad(Pullback& p) {
  const Value x = p.in(0);
  p.give(0, p.b.div(p.ct(), p.b.add(one(p), p.b.mul(x, x))));
}

void add_inverse_rows(OpTable& table) {
  table.add(function<ScalarOp::asin>(
      {.name = "asin",
       .kind = element_wise,
       .doc = "inverse sine, in -pi/2..pi/2; NaN outside -1..1",
       .derivative = "1 / sqrt((1 - x) * (1 + x))",
       .grad = [](Pullback& p) { p.give(0, p.b.mul(p.ct(), asin_derivative(p))); }}));
  table.add(function<ScalarOp::acos>(
      {.name = "acos",
       .kind = element_wise,
       .doc = "inverse cosine, in 0..pi; NaN outside -1..1",
       .derivative = "-1 / sqrt((1 - x) * (1 + x))",
       .grad = [](Pullback& p) { p.give(0, p.b.neg(p.b.mul(p.ct(), asin_derivative(p)))); }}));
  table.add(function<ScalarOp::atan>({.name = "atan",
                                      .kind = element_wise,
                                      .doc = "inverse tangent, in -pi/2..pi/2",
                                      .derivative = "1 / (1 + x^2)",
                                      .grad = atan_grad}));
}

} // namespace

void add_trigonometric_rows(OpTable& table) {
  table.add(function<ScalarOp::sin>(
      {.name = "sin",
       .kind = element_wise,
       .doc = "sine",
       .derivative = "cos(x)",
       .grad = [](Pullback& p) { p.give(0, p.b.mul(p.ct(), p.b.op("cos", {p.in(0)}))); }}));
  table.add(function<ScalarOp::cos>({.name = "cos",
                                     .kind = element_wise,
                                     .doc = "cosine",
                                     .derivative = "-sin(x)",
                                     .grad = [](Pullback& p) {
                                       p.give(0,
                                              p.b.neg(p.b.mul(p.ct(), p.b.op("sin", {p.in(0)}))));
                                     }}));
  table.add(function<ScalarOp::tan>({.name = "tan",
                                     .kind = element_wise,
                                     .doc = "tangent",
                                     .derivative = "1 + tan(x)^2",
                                     .grad = tan_grad}));
  add_inverse_rows(table);
}

} // namespace nnc::ops
