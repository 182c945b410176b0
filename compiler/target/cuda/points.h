// Points of several axes counted as one number.
#pragma once

#include "compiler/target/source/expression_printer.h"

namespace nnc::cuda {

std::int64_t points_of(const ExprPool& pool, std::span<const Axis> axes);

/// Prints the index of each axis at the point whose number, below the product of their extents, is
/// `number`, and binds the axes to them.
void bind_point(source::ExpressionPrinter& printer, std::span<const Axis> axes,
                const std::string& number);
void unbind(source::ExpressionPrinter& printer, std::span<const Axis> axes);

/// `for (int64_t NUMBER = first; NUMBER < points; NUMBER += step) {` and the indices at each.
void open_points(source::ExpressionPrinter& printer, std::span<const Axis> axes,
                 const std::string& first, const std::string& step);
void close_points(source::ExpressionPrinter& printer, std::span<const Axis> axes);

} // namespace nnc::cuda
