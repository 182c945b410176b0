#include "compiler/target/cuda/points.h"

#include <fmt/format.h>

namespace nnc::cuda {

using source::ExpressionPrinter;

namespace {

/// An axis of one iteration is in no index.
std::vector<Axis> longer_than_one(const ExprPool& pool, std::span<const Axis> axes) {
  std::vector<Axis> longer;
  for (const Axis axis : axes)
    if (pool.indices().axis(axis).extent != 1) longer.push_back(axis);
  return longer;
}

} // namespace

std::int64_t points_of(const ExprPool& pool, std::span<const Axis> axes) {
  std::int64_t points = 1;
  for (const Axis axis : axes) points *= pool.indices().axis(axis).extent;
  return points;
}

void bind_point(ExpressionPrinter& printer, std::span<const Axis> axes, const std::string& number) {
  for (const Axis axis : axes) printer.bind(axis, "0");
  const std::vector<Axis> longer = longer_than_one(printer.pool, axes);
  if (longer.size() == 1) return printer.bind(longer[0], number);
  std::int64_t below = points_of(printer.pool, longer);
  if (below == 0) return; // there is no point
  for (std::size_t i = 0; i < longer.size(); ++i) {
    const std::int64_t extent = printer.pool.indices().axis(longer[i]).extent;
    below /= extent;
    const std::string whole = below == 1 ? number : fmt::format("{} / {}", number, below);
    const std::string index = printer.axis_name();
    printer.lines.add(fmt::format("const int64_t {} = {}{};", index, whole,
                                  i == 0 ? "" : fmt::format(" % {}", extent)));
    printer.bind(longer[i], index);
  }
}

void unbind(ExpressionPrinter& printer, std::span<const Axis> axes) {
  for (const Axis axis : axes) printer.unbind(axis);
}

void open_points(ExpressionPrinter& printer, std::span<const Axis> axes, const std::string& first,
                 const std::string& step) {
  printer.open_block();
  const bool one = longer_than_one(printer.pool, axes).size() == 1;
  const std::string number = one ? printer.axis_name() : printer.fresh("point");
  printer.lines.open(fmt::format("for (int64_t {0} = {1}; {0} < {2}; {0} += {3}) {{", number, first,
                                 points_of(printer.pool, axes), step));
  bind_point(printer, axes, number);
}

void close_points(ExpressionPrinter& printer, std::span<const Axis> axes) {
  printer.close();
  unbind(printer, axes);
}

} // namespace nnc::cuda
