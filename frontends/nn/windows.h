// Sliding windows over the spatial axes of a batch of images, as convolutions and pools use them.
#pragma once

#include "frontends/nn/call.h"

namespace nnc::nn {

/// One spatial axis: where it is in x, and how a window of `taps` elements `dilation` apart steps
/// over it. Sizes are of the unpadded axis.
struct WindowAxis {
  int axis = 0;
  std::int64_t size = 0, taps = 1, stride = 1, dilation = 1;
  std::int64_t low = 0, high = 0; ///< padding

  std::int64_t extent() const { return dilation * (taps - 1) + 1; }
  std::int64_t padded() const { return size + low + high; }
  std::int64_t outputs() const { return (padded() - extent()) / stride + 1; }
};

/// Layout of x: "NHWC" (channels last, for every rank) or "NCHW".
bool channels_last(const Call& call);
int channel_axis(const Call& call, int rank);
/// The spatial axes of x (rank 3, 4 or 5); nothing, with an error, for other ranks.
std::optional<std::vector<int>> spatial_axes(const Call& call);
/// Attribute `name` with one entry for each spatial axis (a single one counts for all), each >= 1.
std::optional<std::vector<std::int64_t>> per_axis(const Call& call, std::string_view name,
                                                  std::size_t count);
/// Sets `low` and `high` from the attribute `padding`: "valid" (none), "same" (ceil(size / stride)
/// outputs, the odd element at the high end), one number for all ends, or [[low, high], ...].
/// False, with an error, for lists that do not fit.
bool set_padding(const Call& call, std::vector<WindowAxis>& axes);
/// False, with an error, where a window is larger than the padded axis.
bool windows_fit(const Call& call, const std::vector<WindowAxis>& axes);

/// x, padded with `value`, with one axis of taps appended for each windowed axis.
Tensor window(const Tensor& x, const std::vector<WindowAxis>& axes, double value);

/// The attributes `padding` and `layout`, the same for all layers with windows.
AttrDecl padding_attr();
AttrDecl layout_attr(std::string doc);

} // namespace nnc::nn
