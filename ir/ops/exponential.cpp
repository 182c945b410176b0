// exp, log and the functions built of them: hyperbolic ones and their inverses, sigmoid, softplus.
// Gradients use the result where that loses no accuracy, and never a difference that cancels.

#include "ir/ops/elementwise.h"

namespace nnc::ops {
namespace {

Value one(Pullback& p) { return p.b.full(p.in_type(0), 1.0); }

/// exp(x), not y + 1, which is 0 where exp(x) is merely small.
void expm1_grad(Pullback& p) { p.give(0, p.b.mul(p.ct(), p.b.op("exp", {p.in(0)}))); }

void tanh_grad(Pullback& p) {
  p.give(0, p.b.mul(p.ct(), p.b.sub(one(p), p.b.mul(p.out(), p.out()))));
}

void sigmoid_grad(Pullback& p) {
  p.give(0, p.b.mul(p.ct(), p.b.mul(p.out(), p.b.sub(one(p), p.out()))));
}

void asinh_grad(Pullback& p) {
  const Value x = p.in(0);
  p.give(0, p.b.mul(p.ct(), p.b.op("rsqrt", {p.b.add(one(p), p.b.mul(x, x))})));
}

/// Two roots: their product neither overflows nor is a number for x < -1.
void acosh_grad(Pullback& p) {
  const Value below = p.b.op("rsqrt", {p.b.sub(p.in(0), one(p))});
  const Value above = p.b.op("rsqrt", {p.b.add(p.in(0), one(p))});
  p.give(0, p.b.mul(p.ct(), p.b.mul(below, above)));
}

/// (1 - x)(1 + x) is accurate next to 1, where 1 - x*x is not.
void atanh_grad(Pullback& p) {
  const Value x = p.in(0);
  p.give(0, p.b.div(p.ct(), p.b.mul(p.b.sub(one(p), x), p.b.add(one(p), x))));
}

void add_exp_log_rows(OpTable& table) {
  table.add(
      function<ScalarOp::exp>({.name = "exp",
                               .kind = element_wise,
                               .doc = "e to the power x",
                               .derivative = "exp(x)",
                               .grad = [](Pullback& p) { p.give(0, p.b.mul(p.ct(), p.out())); }}));
  table.add(function<ScalarOp::expm1>({.name = "expm1",
                                       .kind = element_wise,
                                       .doc = "exp(x) - 1, accurate near 0",
                                       .derivative = "exp(x)",
                                       .grad = expm1_grad}));
  table.add(
      function<ScalarOp::log>({.name = "log",
                               .kind = element_wise,
                               .doc = "natural logarithm; -inf at 0, NaN below",
                               .derivative = "1 / x",
                               .grad = [](Pullback& p) { p.give(0, p.b.div(p.ct(), p.in(0))); }}));
  table.add(function<ScalarOp::log1p>(
      {.name = "log1p",
       .kind = element_wise,
       .doc = "log(1 + x), accurate near 0",
       .derivative = "1 / (1 + x)",
       .grad = [](Pullback& p) { p.give(0, p.b.div(p.ct(), p.b.add(one(p), p.in(0)))); }}));
}

void add_hyperbolic_rows(OpTable& table) {
  table.add(function<ScalarOp::sinh>(
      {.name = "sinh",
       .kind = element_wise,
       .doc = "hyperbolic sine",
       .derivative = "cosh(x)",
       .grad = [](Pullback& p) { p.give(0, p.b.mul(p.ct(), p.b.op("cosh", {p.in(0)}))); }}));
  table.add(function<ScalarOp::cosh>(
      {.name = "cosh",
       .kind = element_wise,
       .doc = "hyperbolic cosine",
       .derivative = "sinh(x)",
       .grad = [](Pullback& p) { p.give(0, p.b.mul(p.ct(), p.b.op("sinh", {p.in(0)}))); }}));
  table.add(function<ScalarOp::tanh>({.name = "tanh",
                                      .kind = element_wise,
                                      .doc = "hyperbolic tangent",
                                      .derivative = "1 - tanh(x)^2",
                                      .grad = tanh_grad}));
  table.add(function<ScalarOp::asinh>({.name = "asinh",
                                       .kind = element_wise,
                                       .doc = "inverse hyperbolic sine",
                                       .derivative = "1 / sqrt(1 + x^2)",
                                       .grad = asinh_grad}));
  table.add(function<ScalarOp::acosh>({.name = "acosh",
                                       .kind = element_wise,
                                       .doc = "inverse hyperbolic cosine; NaN below 1",
                                       .derivative = "1 / (sqrt(x - 1) * sqrt(x + 1))",
                                       .grad = acosh_grad}));
  table.add(function<ScalarOp::atanh>({.name = "atanh",
                                       .kind = element_wise,
                                       .doc = "inverse hyperbolic tangent; NaN outside -1..1",
                                       .derivative = "1 / ((1 - x) * (1 + x))",
                                       .grad = atanh_grad}));
}

} // namespace

void add_exponential_rows(OpTable& table) {
  add_exp_log_rows(table);
  add_hyperbolic_rows(table);
  table.add(function<ScalarOp::sigmoid>({.name = "sigmoid",
                                         .kind = element_wise,
                                         .doc = "1 / (1 + exp(-x))",
                                         .derivative = "s * (1 - s), s = sigmoid(x)",
                                         .grad = sigmoid_grad}));
  table.add(function<ScalarOp::softplus>(
      {.name = "softplus",
       .kind = element_wise,
       .doc = "log(1 + exp(x)), finite for every finite x",
       .derivative = "sigmoid(x)",
       .grad = [](Pullback& p) { p.give(0, p.b.mul(p.ct(), p.b.op("sigmoid", {p.in(0)}))); }}));
}

} // namespace nnc::ops
