// Error functions and the family of the gamma function.

#include "ir/ops/elementwise.h"

#include <numbers>

namespace nnc::ops {
namespace {

/// The largest order: 171! is not a finite f64.
constexpr std::int64_t max_polygamma_order = 170;

/// ct * factor * exp(-x^2).
Value scaled_gaussian(Pullback& p, double factor) {
  const Value x = p.in(0);
  return p.b.mul(p.b.mul(p.ct(), factor), p.b.op("exp", {p.b.neg(p.b.mul(x, x))}));
}

Value polygamma_of(Pullback& p, std::int64_t order) {
  return p.b.op("polygamma", {p.in(0)}, {{"n", order}});
}

Result<std::vector<Type>> infer_polygamma(InferArgs& args) {
  const std::int64_t order = args.view().integer("n");
  if (order < 0 || order > max_polygamma_order)
    return args.attr_error("n is " + std::to_string(order) + ", not in 0.." +
                           std::to_string(max_polygamma_order));
  return infer_float(args);
}

Expr polygamma_element(ElementBuilder& e, int, std::span<const Index> at) {
  const DType dtype = e.in(0).dtype;
  const Expr x = e.pool.cast(e.input(0, at), compute_dtype(dtype));
  return e.pool.cast(e.pool.polygamma(static_cast<int>(e.attrs().integer("n")), x), dtype);
}

} // namespace

void add_special_rows(OpTable& table) {
  constexpr double slope = 2.0 * std::numbers::inv_sqrtpi;
  table.add(
      function<ScalarOp::erf>({.name = "erf",
                               .kind = element_wise,
                               .doc = "error function",
                               .derivative = "2 / sqrt(pi) * exp(-x^2)",
                               .grad = [](Pullback& p) { p.give(0, scaled_gaussian(p, slope)); }}));
  table.add(function<ScalarOp::erfc>(
      {.name = "erfc",
       .kind = element_wise,
       .doc = "1 - erf(x), accurate where that is small",
       .derivative = "-2 / sqrt(pi) * exp(-x^2)",
       .grad = [](Pullback& p) { p.give(0, scaled_gaussian(p, -slope)); }}));
  table.add(function<ScalarOp::lgamma>(
      {.name = "lgamma",
       .kind = element_wise,
       .doc = "log |gamma(x)|; inf at 0, -1, -2, ...",
       .derivative = "polygamma(x, n=0)",
       .grad = [](Pullback& p) { p.give(0, p.b.mul(p.ct(), polygamma_of(p, 0))); }}));
  table.add({.name = "polygamma",
             .kind = element_wise,
             .attrs = {{.name = "n",
                        .kind = AttrKind::integer,
                        .required = true,
                        .doc = "order, 0..170; 0 is digamma"}},
             .doc =
                 "derivative n + 1 of lgamma; at 0, -1, -2, ... inf for odd n; for even n NaN, but "
                 "the limit with the sign of the zero at 0",
             .derivative = "polygamma(x, n + 1)",
             .infer = infer_polygamma,
             .element = polygamma_element,
             .grad =
                 [](Pullback& p) {
                   p.give(0, p.b.mul(p.ct(), polygamma_of(p, p.attrs().integer("n") + 1)));
                 },
             .cost = transcendental_cost,
             .elementwise = true});
}

} // namespace nnc::ops
