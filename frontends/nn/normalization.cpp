// Layers that shift and scale by statistics of their operand.

#include "frontends/nn/call.h"

namespace nnc::nn {
namespace {

using Results = std::vector<Value>;
using K = AttrKind;

AttrDecl eps_attr() { return {.name = "eps", .kinds = {K::real}, .fallback = 1e-5}; }

Tensor rsqrt(const Tensor& x) { return unary("rsqrt", x); }

/// A vector as a tensor of x's rank, along `axis`.
Tensor along(const Tensor& vector, int rank, int axis) {
  Shape shape(static_cast<std::size_t>(rank), 1);
  shape[static_cast<std::size_t>(axis)] = vector.size(0);
  return reshape(vector, shape);
}

Results batch_norm(Call& call) {
  const Tensor x = call.in(0);
  const int axis = call.axis("axis", x.rank());
  if (call.failed() || !require_float(call, 0)) return {};
  for (int i = 1; i < 5; ++i)
    if (call.has(i) && call.in(i).shape() != Shape{x.size(axis)})
      return call.operand_error(call.describe(0) + ", but " + call.describe(i) + ", not [" +
                                std::to_string(x.size(axis)) + "]");
  Tensor centre = call.in(3), spread = call.in(4);
  if (call.scope.training) {
    Axes others = all_axes(x.rank());
    others.erase(others.begin() + axis);
    centre = mean(x, others);
    const Tensor centred = x - along(centre, x.rank(), axis);
    spread = mean(centred * centred, others);
    const double momentum = call.real("momentum");
    call.scope.set_state(call.in(3), momentum * call.in(3) + (1 - momentum) * centre, 3);
    call.scope.set_state(call.in(4), momentum * call.in(4) + (1 - momentum) * spread, 4);
    if (call.failed()) return {};
  }
  // The factor is a vector: one multiplication for each element of x.
  Tensor factor = rsqrt(spread + call.real("eps"));
  if (call.has(1)) factor = factor * call.in(1);
  Tensor y = (x - along(centre, x.rank(), axis)) * along(factor, x.rank(), axis);
  if (call.has(2)) y = y + along(call.in(2), x.rank(), axis);
  return {y};
}

/// Operand `i`, whose shape is that of `axes` of x, as a factor or term of x.
std::optional<Tensor> spread_over(Call& call, int i, const Axes& axes) {
  const Tensor x = call.in(0);
  Shape own, whole(static_cast<std::size_t>(x.rank()), 1);
  for (const std::int64_t axis : axes) {
    own.push_back(x.size(static_cast<int>(axis)));
    whole[static_cast<std::size_t>(axis)] = own.back();
  }
  if (call.in(i).shape() == own) return reshape(call.in(i), whole);
  call.operand_error(call.describe(0) + ", but " + call.describe(i) + ", not " + to_string(own));
  return {};
}

std::optional<Tensor> scaled(Call& call, Tensor y, const Axes& axes) {
  if (call.has(1)) {
    const auto scale = spread_over(call, 1, axes);
    if (!scale) return {};
    y = y * *scale;
  }
  if (call.has(2)) {
    const auto bias = spread_over(call, 2, axes);
    if (!bias) return {};
    y = y + *bias;
  }
  return y;
}

Results layer_norm(Call& call) {
  const Tensor x = call.in(0);
  const Axes axes = call.axes("axes", x.rank());
  if (call.failed() || !require_float(call, 0)) return {};
  const Tensor centred = x - mean(x, axes, true);
  const Tensor spread = mean(centred * centred, axes, true);
  const auto y = scaled(call, centred * rsqrt(spread + call.real("eps")), axes);
  return y ? Results{*y} : Results{};
}

Results rms_norm(Call& call) {
  const Tensor x = call.in(0);
  const Axes axes = call.axes("axes", x.rank());
  if (call.failed() || !require_float(call, 0)) return {};
  const auto y = scaled(call, x * rsqrt(mean(x * x, axes, true) + call.real("eps")), axes);
  return y ? Results{*y} : Results{};
}

} // namespace

void add_normalization(FunctionTable& table) {
  table.add({.name = "batch_norm",
             .family = "layer",
             .operands = {{.name = "x"},
                          {.name = "scale", .optional = true},
                          {.name = "bias", .optional = true},
                          {.name = "mean"},
                          {.name = "var"}},
             .attrs = {eps_attr(),
                       {.name = "momentum",
                        .kinds = {K::real},
                        .fallback = 0.9,
                        .doc = "mean and var become momentum*old + (1 - momentum)*batch"},
                       {.name = "axis", .kinds = {K::integer}, .fallback = std::int64_t{-1}}},
             .doc = "by statistics over all axes but one; in training those of the batch (the "
                    "variance divides by n), which also update the state `mean` and `var`",
             .formula = "(x - mean) / sqrt(var + eps) * scale + bias",
             .build = batch_norm});
  const AttrDecl axes = {
      .name = "axes", .kinds = {K::integers}, .fallback = std::vector<std::int64_t>{-1}};
  table.add({.name = "layer_norm",
             .family = "layer",
             .operands = {{.name = "x"},
                          {.name = "scale", .optional = true},
                          {.name = "bias", .optional = true}},
             .attrs = {axes, eps_attr()},
             .doc = "by statistics over `axes`, whose shape scale and bias have",
             .formula = "(x - mean(x)) / sqrt(variance(x) + eps) * scale + bias",
             .build = layer_norm});
  table.add({.name = "rms_norm",
             .family = "layer",
             .operands = {{.name = "x"}, {.name = "scale", .optional = true}},
             .attrs = {axes, eps_attr()},
             .doc = "by the root of the mean square over `axes`, whose shape scale has",
             .formula = "x / sqrt(mean(x*x) + eps) * scale",
             .build = rms_norm});
}

} // namespace nnc::nn
