#include "frontends/nn/windows.h"

#include <algorithm>

namespace nnc::nn {

using K = AttrKind;

bool channels_last(const Call& call) { return call.string("layout") == "NHWC"; }

int channel_axis(const Call& call, int rank) { return channels_last(call) ? rank - 1 : 1; }

std::optional<std::vector<int>> spatial_axes(const Call& call) {
  const int rank = call.in(0).rank();
  if (rank < 3 || rank > 5) {
    call.operand_error(call.describe(0) +
                       "; a batch, a channel and 1 to 3 spatial axes are needed");
    return {};
  }
  std::vector<int> axes;
  for (int i = 0; i < rank - 2; ++i) axes.push_back(channels_last(call) ? i + 1 : i + 2);
  return axes;
}

std::optional<std::vector<std::int64_t>> per_axis(const Call& call, std::string_view name,
                                                  std::size_t count) {
  std::vector<std::int64_t> list = call.integers(name);
  if (list.size() == 1) list.assign(count, list[0]);
  if (list.size() == count &&
      std::ranges::all_of(list, [](std::int64_t v) { return v >= 1 && v <= max_size; }))
    return list;
  call.attr_error("'" + std::string(name) + "' is " + to_string(list) + ", not " +
                  std::to_string(count) + " positive sizes");
  return {};
}

bool set_padding(const Call& call, std::vector<WindowAxis>& axes) {
  const AttrValue& padding = call.attr("padding");
  if (const auto* mode = std::get_if<std::string>(&padding)) {
    for (WindowAxis& a : axes) {
      if (*mode == "valid") continue;
      const std::int64_t outputs = (a.size + a.stride - 1) / a.stride;
      const std::int64_t total =
          std::max<std::int64_t>((outputs - 1) * a.stride + a.extent() - a.size, 0);
      a.low = total / 2;
      a.high = total - a.low;
    }
    return true;
  }
  const auto* pairs = std::get_if<std::vector<std::vector<std::int64_t>>>(&padding);
  const auto* all = std::get_if<std::int64_t>(&padding);
  bool fits = all || (pairs && pairs->size() == axes.size());
  for (std::size_t i = 0; fits && i < axes.size(); ++i) {
    if (pairs && (*pairs)[i].size() != 2) return fits = false, false;
    axes[i].low = all ? *all : (*pairs)[i][0];
    axes[i].high = all ? *all : (*pairs)[i][1];
    fits = axes[i].low >= 0 && axes[i].high >= 0 && axes[i].low <= max_size &&
           axes[i].high <= max_size;
  }
  if (!fits)
    call.attr_error("'padding' is " + attr_text(padding) + ", not " + std::to_string(axes.size()) +
                    " pairs [low, high] of sizes");
  return fits;
}

bool windows_fit(const Call& call, const std::vector<WindowAxis>& axes) {
  for (const WindowAxis& a : axes) {
    // Bounds first: extents are products of attributes.
    const bool sane =
        a.taps <= max_size && a.dilation <= max_size / std::max<std::int64_t>(a.taps, 1);
    if (sane && a.extent() <= a.padded() && a.padded() <= max_size) continue;
    call.operand_error(call.describe(0) + ": axis " + std::to_string(a.axis) + " has " +
                       std::to_string(a.padded()) + " elements with padding, fewer than a window");
    return false;
  }
  return true;
}

Tensor window(const Tensor& x, const std::vector<WindowAxis>& axes, double value) {
  Tensor padded = x;
  std::vector<std::int64_t> low(static_cast<std::size_t>(x.rank()), 0), high = low;
  Axes at;
  std::vector<std::int64_t> size, stride, dilation;
  for (const WindowAxis& a : axes) {
    low[static_cast<std::size_t>(a.axis)] = a.low;
    high[static_cast<std::size_t>(a.axis)] = a.high;
    at.push_back(a.axis);
    size.push_back(a.taps);
    stride.push_back(a.stride);
    dilation.push_back(a.dilation);
  }
  Builder& b = x.builder();
  if (std::ranges::any_of(axes, [](const WindowAxis& a) { return a.low || a.high; }))
    padded = {b, b.op("pad", {x}, {{"low", low}, {"high", high}, {"value", value}})};
  return {b, b.op("window", {padded},
                  {{"axes", at}, {"size", size}, {"stride", stride}, {"dilation", dilation}})};
}

AttrDecl padding_attr() {
  return {.name = "padding",
          .kinds = {K::string, K::integer_lists, K::integer},
          .fallback = std::string("valid"),
          .doc = "\"valid\" (none), \"same\" (ceil(size/stride) outputs, the odd element at the "
                 "high end), or [[low, high], ...]",
          .choices = {"valid", "same"}};
}

AttrDecl layout_attr(std::string doc) {
  return {.name = "layout",
          .kinds = {K::string},
          .fallback = std::string("NHWC"),
          .doc = std::move(doc),
          .choices = {"NHWC", "NCHW"}};
}

} // namespace nnc::nn
