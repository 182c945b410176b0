// Pools: reductions over the taps of the window view.

#include "frontends/nn/windows.h"

#include <cmath>
#include <limits>

namespace nnc::nn {
namespace {

using Results = std::vector<Value>;
using K = AttrKind;

std::optional<std::vector<WindowAxis>> pool_axes(const Call& call) {
  const auto spatial = spatial_axes(call);
  if (!spatial) return {};
  const auto size = per_axis(call, "size", spatial->size());
  const auto stride = per_axis(call, call.has("stride") ? "stride" : "size", spatial->size());
  if (!size || !stride) return {};
  std::vector<WindowAxis> axes;
  for (std::size_t i = 0; i < spatial->size(); ++i)
    axes.push_back({.axis = (*spatial)[i],
                    .size = call.in(0).size((*spatial)[i]),
                    .taps = (*size)[i],
                    .stride = (*stride)[i]});
  if (!set_padding(call, axes) || !windows_fit(call, axes)) return {};
  return axes;
}

/// The axes that `window` appended.
Axes tap_axes(int rank, std::size_t count) {
  Axes axes;
  for (std::size_t i = 0; i < count; ++i) axes.push_back(rank + static_cast<std::int64_t>(i));
  return axes;
}

/// -inf, or the lowest value of an integer dtype.
double lowest(DType dtype) {
  if (is_float(dtype)) return -HUGE_VAL;
  if (!is_signed(dtype)) return 0;
  return -std::ldexp(1.0, static_cast<int>(dtype_size(dtype)) * 8 - 1);
}

Results max_pool(Call& call) {
  const Tensor x = call.in(0);
  const auto axes = pool_axes(call);
  if (!axes) return {};
  return {reduce("max", window(x, *axes, lowest(x.dtype())), tap_axes(x.rank(), axes->size()))};
}

Results avg_pool(Call& call) {
  const Tensor x = call.in(0);
  const auto axes = pool_axes(call);
  if (!axes || !require_float(call, 0)) return {};
  const Tensor total = sum(window(x, *axes, 0), tap_axes(x.rank(), axes->size()));
  double taps = 1;
  bool padded = false;
  for (const WindowAxis& a : *axes) {
    taps *= static_cast<double>(a.taps);
    padded = padded || a.low || a.high;
  }
  if (!padded || call.boolean("count_padding")) return {total / taps};
  // How many taps of each window are elements of x: the same sum over ones, constant.
  Shape shape(static_cast<std::size_t>(x.rank()), 1);
  for (const WindowAxis& a : *axes) shape[static_cast<std::size_t>(a.axis)] = a.size;
  const Tensor ones(call.scope, call.scope.full({x.dtype(), shape}, 1));
  const Tensor count = sum(window(ones, *axes, 0), tap_axes(x.rank(), axes->size()));
  return {total / binary("maximum", count, Number(1))}; // a window of nothing but padding gives 0
}

Results global_avg_pool(Call& call) {
  const auto spatial = spatial_axes(call);
  if (!spatial || !require_float(call, 0)) return {};
  return {mean(call.in(0), Axes(spatial->begin(), spatial->end()))};
}

} // namespace

void add_pools(FunctionTable& table) {
  const AttrDecl layout = layout_attr("\"NHWC\" or \"NCHW\", for every rank");
  const std::vector<AttrDecl> attrs = {
      {.name = "size", .kinds = {K::integers}, .required = true},
      {.name = "stride", .kinds = {K::integers}, .doc = "the size by default"},
      padding_attr(),
      layout};
  table.add({.name = "max_pool",
             .family = "layer",
             .operands = {{.name = "x"}},
             .attrs = attrs,
             .doc = "largest element of each window; padding counts as -inf; ties share the "
                    "gradient",
             .formula = "y[n, p, c] = max_t x[n, p*stride + t - low, c]",
             .build = max_pool});
  Function average = {.name = "avg_pool",
                      .family = "layer",
                      .operands = {{.name = "x"}},
                      .attrs = attrs,
                      .doc = "mean of each window",
                      .formula = "y[n, p, c] = mean_t x[n, p*stride + t - low, c]",
                      .build = avg_pool};
  average.attrs.push_back({.name = "count_padding",
                           .kinds = {K::boolean},
                           .fallback = false,
                           .doc = "padding counts as elements that are 0"});
  table.add(std::move(average));
  table.add({.name = "global_avg_pool",
             .family = "layer",
             .operands = {{.name = "x"}},
             .attrs = {layout},
             .doc = "mean over all spatial axes: [N, C]",
             .formula = "y[n, c] = mean_p x[n, p, c]",
             .build = global_avg_pool});
}

} // namespace nnc::nn
