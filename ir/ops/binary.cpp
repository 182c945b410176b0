// Arithmetic of two operands of one type. Integers wrap and never trap (language.md 4.4).

#include "ir/ops/elementwise.h"

namespace nnc::ops {
namespace {

Value zero(Pullback& p) { return p.b.full(p.out_type(), 0.0); }

void mul_grad(Pullback& p) {
  if (p.needs(0)) p.give(0, p.b.mul(p.ct(), p.in(1)));
  if (p.needs(1)) p.give(1, p.b.mul(p.ct(), p.in(0)));
}

void div_grad(Pullback& p) {
  const Value share = p.b.div(p.ct(), p.in(1));
  if (p.needs(0)) p.give(0, share);
  if (p.needs(1)) p.give(1, p.b.neg(p.b.mul(share, p.out())));
}

/// The quotient is taken from the result, which is exact: x / y could round up to the next integer.
void rem_grad(Pullback& p) {
  if (p.needs(0)) p.give(0, p.ct());
  if (!p.needs(1)) return;
  const Value quotient = p.b.div(p.b.sub(p.in(0), p.out()), p.in(1));
  p.give(1, p.b.neg(p.b.mul(p.ct(), p.b.op("round", {quotient}))));
}

/// Only 0^0 is set apart for d/dx: setting y = 0 apart would lose the mixed derivative 1 / x.
void pow_grad(Pullback& p) {
  const Value x = p.in(0), y = p.in(1);
  const Value base_counts = p.b.op("ne", {x, zero(p)});
  if (p.needs(0)) {
    const Value slope = p.b.mul(y, p.b.op("pow", {x, p.b.add(y, -1.0)}));
    const Value counts = p.b.op("or", {base_counts, p.b.op("ne", {y, zero(p)})});
    p.give_where(0, counts, p.b.mul(p.ct(), slope));
  }
  if (p.needs(1)) {
    const Value slope = p.b.mul(p.b.op("log", {x}), p.out());
    p.give_where(1, base_counts, p.b.mul(p.ct(), slope));
  }
}

/// An operand takes the cotangent where `wins` (ge or le) holds for it, half of it where both do.
/// Comparisons have no derivative, so the shares are constants for higher orders.
void extreme_grad(Pullback& p, std::string_view wins) {
  const Value a = p.in(0), b = p.in(1);
  const Value share = p.b.select(p.b.op("eq", {a, b}), p.b.mul(p.ct(), 0.5), p.ct());
  if (p.needs(0)) p.give_where(0, p.b.op(wins, {a, b}), share);
  if (p.needs(1)) p.give_where(1, p.b.op(wins, {b, a}), share);
}

void atan2_grad(Pullback& p) {
  const Value y = p.in(0), x = p.in(1);
  const Value share = p.b.div(p.ct(), p.b.add(p.b.mul(x, x), p.b.mul(y, y)));
  if (p.needs(0)) p.give(0, p.b.mul(share, x));
  if (p.needs(1)) p.give(1, p.b.neg(p.b.mul(share, y)));
}

void add_sum_rows(OpTable& table) {
  table.add(binary<ScalarOp::add>({.name = "add",
                                   .kind = element_wise,
                                   .doc = "a + b",
                                   .derivative = "1, 1",
                                   .formula = Notation::sum,
                                   .infer = infer_number,
                                   .grad =
                                       [](Pullback& p) {
                                         if (p.needs(0)) p.give(0, p.ct());
                                         if (p.needs(1)) p.give(1, p.ct());
                                       },
                                   .commutative = true}));
  table.add(binary<ScalarOp::sub>({.name = "sub",
                                   .kind = element_wise,
                                   .doc = "a - b",
                                   .derivative = "1, -1",
                                   .formula = Notation::difference,
                                   .infer = infer_number,
                                   .grad = [](Pullback& p) {
                                     if (p.needs(0)) p.give(0, p.ct());
                                     if (p.needs(1)) p.give(1, p.b.neg(p.ct()));
                                   }}));
}

void add_product_rows(OpTable& table) {
  table.add(binary<ScalarOp::mul>({.name = "mul",
                                   .kind = element_wise,
                                   .doc = "a * b",
                                   .derivative = "b, a",
                                   .formula = Notation::product,
                                   .infer = infer_number,
                                   .grad = mul_grad,
                                   .commutative = true}));
  table.add(binary<ScalarOp::div>(
      {.name = "div",
       .kind = element_wise,
       .doc = "a / b; integers truncate, by 0 they give 0, lowest / -1 = lowest",
       .derivative = "1 / b, -(a / b) / b",
       .formula = Notation::quotient,
       .infer = infer_number,
       .grad = div_grad}));
  table.add(binary<ScalarOp::rem>(
      {.name = "rem",
       .kind = element_wise,
       .doc = "a - b * trunc(a / b), with the sign of a (fmod); integers: a rem 0 = a",
       .derivative = "1, -trunc(a / b)",
       .infer = infer_number,
       .grad = rem_grad}));
  table.add(binary<ScalarOp::pow>(
      {.name = "pow",
       .kind = element_wise,
       .doc = "a to the power b; pow(a, 0) = 1, NaN for a < 0 unless b is an integer",
       .derivative = "b * a^(b - 1), 0 at 0^0; log(a) * a^b, 0 where a = 0",
       .formula = Notation::power,
       .infer = infer_float,
       .grad = pow_grad,
       .cost = transcendental_cost}));
}

void add_extreme_rows(OpTable& table) {
  table.add(binary<ScalarOp::maximum>(
      {.name = "maximum",
       .kind = element_wise,
       .doc = "the larger; NaN if either is NaN, -0 < +0",
       .derivative = "1 for the larger, 1/2 each for equal ones, 0 beside NaN",
       .infer = infer_number,
       .grad = [](Pullback& p) { extreme_grad(p, "ge"); },
       .commutative = true}));
  table.add(binary<ScalarOp::minimum>(
      {.name = "minimum",
       .kind = element_wise,
       .doc = "the smaller; NaN if either is NaN, -0 < +0",
       .derivative = "1 for the smaller, 1/2 each for equal ones, 0 beside NaN",
       .infer = infer_number,
       .grad = [](Pullback& p) { extreme_grad(p, "le"); },
       .commutative = true}));
}

} // namespace

void add_binary_rows(OpTable& table) {
  add_sum_rows(table);
  add_product_rows(table);
  add_extreme_rows(table);
  table.add(binary<ScalarOp::atan2>(
      {.name = "atan2",
       .kind = element_wise,
       .doc = "the angle of the point (b, a), in -pi..pi; atan(a / b) where b > 0",
       .derivative = "b / (a^2 + b^2), -a / (a^2 + b^2)",
       .infer = infer_float,
       .grad = atan2_grad,
       .cost = transcendental_cost}));
}

} // namespace nnc::ops
