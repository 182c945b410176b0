// Convolutions: a contraction of the window view of x with the kernel. A transposed convolution is
// the gradient of one with respect to its input: the same contraction backwards, then `fold`.

#include "frontends/nn/windows.h"

#include <algorithm>

namespace nnc::nn {
namespace {

using Results = std::vector<Value>;
using K = AttrKind;
using Lists = std::vector<std::vector<std::int64_t>>;

/// The kernel as [G, taps..., I/G, O/G], whatever the layout; of one group there is no axis G.
struct Kernel {
  Tensor value;
  std::vector<std::int64_t> taps;
  std::int64_t inputs = 0; ///< of one group
  std::int64_t outputs = 0;
};

std::optional<Kernel> read_kernel(const Call& call, std::size_t spatial, std::int64_t groups) {
  const Tensor w = call.in(1);
  const auto rank = spatial + 2;
  const bool last = channels_last(call);
  if (w.rank() != static_cast<int>(rank)) {
    call.operand_error(call.describe(0) + ", " + call.describe(1) + ": the kernel needs rank " +
                       std::to_string(rank) + " (" + (last ? "HWIO" : "OIHW") + ")");
    return {};
  }
  // Axes of w in the order taps, inputs, outputs.
  Axes order;
  for (std::size_t i = 0; i < spatial; ++i)
    order.push_back(static_cast<std::int64_t>(last ? i : i + 2));
  const auto k = static_cast<std::int64_t>(spatial);
  order.insert(order.end(), {last ? k : 1, last ? k + 1 : 0});
  Kernel kernel{transpose(w, order), {}, 0, 0};
  Shape shape;
  for (const std::int64_t axis : order) shape.push_back(w.size(static_cast<int>(axis)));
  kernel.taps.assign(shape.begin(), shape.end() - 2);
  kernel.inputs = shape[spatial];
  kernel.outputs = shape[spatial + 1];
  if (groups < 1 || kernel.outputs % groups != 0) {
    call.attr_error("'groups' is " + std::to_string(groups) + ", but " + call.describe(1));
    return {};
  }
  if (groups == 1) return kernel;
  shape.back() /= groups;
  shape.insert(shape.end() - 1, groups);
  Axes perm = {k + 1};
  for (std::int64_t i = 0; i < k + 3; ++i)
    if (i != k + 1) perm.push_back(i);
  kernel.value = transpose(reshape(kernel.value, shape), perm);
  return kernel;
}

/// x as [N, spatial..., C], x itself if it is that already; and back.
Tensor to_channels_last(const Call& call, const Tensor& x) {
  if (channels_last(call)) return x;
  Axes perm = {0};
  for (int i = 2; i < x.rank(); ++i) perm.push_back(i);
  perm.push_back(1);
  return transpose(x, perm);
}

Tensor from_channels_last(const Call& call, const Tensor& y) {
  if (channels_last(call) || !y.valid()) return y;
  Axes perm = {0, y.rank() - 1};
  for (int i = 1; i + 1 < y.rank(); ++i) perm.push_back(i);
  return transpose(y, perm);
}

/// [N, ..., C, rest...] as [G, N, ..., C/G, rest...]; `at` is the place of C.
Tensor split_groups(const Tensor& x, int at, std::int64_t groups) {
  Shape shape = x.shape();
  if (groups == 1 || x.rank() <= at) return x;
  shape[static_cast<std::size_t>(at)] /= groups;
  shape.insert(shape.begin() + at, groups);
  Axes perm = {at};
  for (int i = 0; i <= x.rank(); ++i)
    if (i != at) perm.push_back(i);
  return transpose(reshape(x, shape), perm);
}

/// [G, N, ..., C/G] as [N, ..., C].
Tensor merge_groups(const Tensor& y, std::int64_t groups) {
  if (groups == 1 || !y.valid()) return y;
  Shape shape(y.shape().begin() + 1, y.shape().end());
  shape.back() *= groups;
  Axes perm;
  for (int i = 1; i + 1 < y.rank(); ++i) perm.push_back(i);
  perm.insert(perm.end(), {0, y.rank() - 1});
  return reshape(transpose(y, perm), shape);
}

/// Batch axes of the contraction.
Lists group_axes(std::int64_t groups) { return groups > 1 ? Lists{{0}, {0}} : Lists{{}, {}}; }

/// Adds the bias [O] (along the last axis), if there is one.
std::optional<Tensor> with_bias(const Call& call, const Tensor& y, std::int64_t channels) {
  if (!call.has(2)) return y;
  if (call.in(2).shape() == Shape{channels}) return y + call.in(2);
  call.operand_error("the bias " + call.describe(2) + ", but the result has " +
                     std::to_string(channels) + " channels");
  return {};
}

/// What both convolutions are given.
struct Convolution {
  std::size_t spatial = 0; ///< axes that windows move along
  std::int64_t groups = 1;
  Kernel kernel;
  Tensor x; ///< channels last
  std::vector<WindowAxis> axes;
};

/// `seen`: x has the channels that the kernel gives, not those that it takes.
std::optional<Convolution> read_convolution(const Call& call, bool seen) {
  const auto spatial = spatial_axes(call);
  if (!spatial) return {};
  const std::size_t d = spatial->size();
  const auto stride = per_axis(call, "stride", d), dilation = per_axis(call, "dilation", d);
  if (!stride || !dilation) return {};
  const std::int64_t groups = call.integer("groups");
  const auto kernel = read_kernel(call, d, groups);
  if (!kernel) return {};
  Convolution all{d, groups, *kernel, to_channels_last(call, call.in(0)), {}};
  if (all.x.size(-1) != (seen ? kernel->outputs : kernel->inputs * groups)) {
    call.operand_error("channels differ: " + call.describe(0) + ", " + call.describe(1) +
                       (seen ? " (the kernel of the convolution whose gradient this is)"
                             : ", groups " + std::to_string(groups)));
    return {};
  }
  for (std::size_t i = 0; i < d; ++i) {
    const int axis = static_cast<int>(i) + 1;
    all.axes.push_back({.axis = axis,
                        .size = all.x.size(axis),
                        .taps = kernel->taps[i],
                        .stride = (*stride)[i],
                        .dilation = (*dilation)[i]});
  }
  return all;
}

Results conv(Call& call) {
  auto read = read_convolution(call, false);
  if (!read) return {};
  auto& [d, groups, kernel, x, axes] = *read;
  if (!set_padding(call, axes) || !windows_fit(call, axes)) return {};

  // [G, N, out..., C/G, taps...] . [G, taps..., C/G, O/G], over taps and C/G.
  const Tensor windows = split_groups(window(x, axes, 0), static_cast<int>(d) + 1, groups);
  const auto k = static_cast<std::int64_t>(d);
  const std::int64_t first = groups > 1; // axes before N and before the taps
  Lists contract = {{first + k + 1}, {first + k}};
  for (std::int64_t i = 0; i < k; ++i) {
    contract[0].push_back(first + k + 2 + i);
    contract[1].push_back(first + i);
  }
  const Tensor y(call.scope,
                 call.scope.dot(windows, kernel.value, group_axes(groups), std::move(contract)));
  const auto biased = with_bias(call, merge_groups(y, groups), kernel.outputs);
  if (!biased) return {};
  return {from_channels_last(call, *biased)};
}

/// The padding of the convolution whose gradient this is: it saw (n - 1)*stride + extent - pads
/// elements; with "same" n * stride of them.
bool set_transposed_padding(const Call& call, std::vector<WindowAxis>& axes) {
  const auto* mode = std::get_if<std::string>(&call.attr("padding"));
  if (!mode || *mode != "same") return set_padding(call, axes);
  for (WindowAxis& a : axes) {
    const std::int64_t total = a.extent() - a.stride;
    a.low = std::max<std::int64_t>(total, 0) / 2;
    a.high = total - a.low; // negative: elements that no window saw
  }
  return true;
}

/// Adds windows [N, n..., C, taps...] up to the elements they are views of, and crops the padding.
std::optional<Tensor> fold_windows(const Call& call, const Tensor& windows,
                                   const std::vector<WindowAxis>& axes) {
  Axes at;
  std::vector<std::int64_t> size, stride, dilation;
  Shape whole(windows.shape().begin(),
              windows.shape().end() - static_cast<std::ptrdiff_t>(axes.size()));
  std::vector<std::int64_t> low(whole.size(), 0), high = low;
  for (const WindowAxis& a : axes) {
    const auto k = static_cast<std::size_t>(a.axis);
    whole[k] = (a.size - 1) * a.stride + a.extent();
    if (a.size == 0 || a.extent() > max_size || whole[k] > max_size ||
        whole[k] - a.low - a.high < 0) {
      call.operand_error(call.describe(0) + ": the result would have no size along axis " +
                         std::to_string(a.axis));
      return {};
    }
    low[k] = -a.low;
    high[k] = -a.high;
    at.push_back(a.axis);
    size.push_back(a.taps);
    stride.push_back(a.stride);
    dilation.push_back(a.dilation);
  }
  Builder& b = windows.builder();
  const Value y = b.op(
      "fold", {windows},
      {{"shape", whole}, {"axes", at}, {"size", size}, {"stride", stride}, {"dilation", dilation}});
  if (std::ranges::all_of(axes, [](const WindowAxis& a) { return !a.low && !a.high; }))
    return Tensor(b, y);
  return Tensor(b, b.op("pad", {y}, {{"low", low}, {"high", high}}));
}

Results conv_transpose(Call& call) {
  auto read = read_convolution(call, true);
  if (!read) return {};
  auto& [d, groups, kernel, x, axes] = *read;
  if (!set_transposed_padding(call, axes)) return {};

  // [G, N, n..., O/G] . [G, taps..., I/G, O/G] -> [G, N, n..., taps..., I/G]
  const auto k = static_cast<std::int64_t>(d);
  const Tensor grouped = split_groups(x, static_cast<int>(d) + 1, groups);
  const std::int64_t last = k + (groups > 1 ? 2 : 1);
  const Tensor product(call.scope,
                       call.scope.dot(grouped, kernel.value, group_axes(groups), {{last}, {last}}));
  const Tensor merged = merge_groups(product, groups); // [N, n..., taps..., I]
  Axes perm;
  for (std::int64_t i = 0; i <= k; ++i) perm.push_back(i);
  perm.push_back(2 * k + 1);
  for (std::int64_t i = 0; i < k; ++i) perm.push_back(k + 1 + i);
  if (call.failed()) return {};
  const auto folded = fold_windows(call, transpose(merged, perm), axes);
  if (!folded) return {};
  const auto biased = with_bias(call, *folded, kernel.inputs * groups);
  if (!biased) return {};
  return {from_channels_last(call, *biased)};
}

} // namespace

void add_convolutions(FunctionTable& table) {
  const std::vector<OperandSpec> operands = {
      {.name = "x"}, {.name = "w"}, {.name = "b", .optional = true}};
  const std::vector<AttrDecl> attrs = {
      {.name = "stride", .kinds = {K::integers}, .fallback = std::vector<std::int64_t>{1}},
      padding_attr(),
      {.name = "dilation", .kinds = {K::integers}, .fallback = std::vector<std::int64_t>{1}},
      {.name = "groups", .kinds = {K::integer}, .fallback = std::int64_t{1}},
      layout_attr("\"NHWC\" with w [k..., I/groups, O], or \"NCHW\" with w [O, I/groups, k...]; "
                  "for every rank")};
  table.add({.name = "conv",
             .family = "layer",
             .operands = operands,
             .attrs = attrs,
             .doc = "convolution over 1, 2 or 3 axes (a correlation: the kernel is not turned); a "
                    "window that does not fit is dropped",
             .formula = "y[n, p, o] = b[o] + sum_{t,i} x[n, p*stride + t*dilation - low, i] * "
                        "w[t, i, o]",
             .build = conv});
  table.add({.name = "conv_transpose",
             .family = "layer",
             .operands = operands,
             .attrs = attrs,
             .doc = "gradient of the convolution with kernel w with respect to its input; b has "
                    "the channels of the result, (n - 1)*stride + dilation*(k - 1) + 1 - pads "
                    "elements along an axis (\"same\": n*stride)",
             .formula = "y[n, p*stride + t*dilation - low, i] += x[n, p, o] * w[t, i, o]",
             .build = conv_transpose});
}

} // namespace nnc::nn
