// Readings of ops that move elements.
#pragma once

#include "frontends/formula/reading.h"

namespace nnc::formula {

std::span<const Reading> layout_readings();
/// Of a row whose notation is `transposed`.
Scaled transposed(const At& at);

/// "size=[2, 2], stride=[2, 2]": the attributes of windows over a tensor of `rank` axes. Windows of
/// the axes between the first and the last need no axes.
std::string window_note(const AttrView& attrs, int rank, const Axes& usual_stride);

/// The size of an axis, as a position has it.
std::string size_text(const Shape& shape, std::int64_t axis);

} // namespace nnc::formula
