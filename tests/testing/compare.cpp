#include "testing/compare.h"

#include <fmt/format.h>

#include <cmath>

namespace nnc {
namespace {

/// The unit of the place of the last bit of `value`; that of the least normal number below it.
double unit_in_last_place(DType dtype, double value) {
  const int lowest = dtype == DType::f64 ? -1022 : dtype == DType::f16 ? -14 : -126;
  const int exponent = value == 0 ? lowest : std::max(std::ilogb(value), lowest);
  return std::ldexp(epsilon(dtype), exponent);
}

bool near(DType dtype, double got, double want, const Allowed& allowed, std::size_t i) {
  if (std::isnan(want)) return std::isnan(got);
  const double absolute = allowed.absolute.empty() ? 0 : allowed.absolute[i];
  if (got == want)
    return allowed.units > 0 || absolute > 0 || std::signbit(got) == std::signbit(want);
  if (!std::isfinite(want) || !std::isfinite(got)) return false;
  const double scale = std::max(std::fabs(want), allowed.floor);
  return std::fabs(got - want) <= allowed.units * unit_in_last_place(dtype, scale) + absolute;
}

} // namespace

Allowed allowed_units(const OpRow& row) {
  if (row.name == "lgamma" || row.name == "polygamma") return {.units = 8, .floor = 1};
  if (row.name == "tanh" || row.name == "sigmoid") return {.units = 2.7};
  if (row.name == "rsqrt") return {.units = 2}; // a root and a division
  if (!row.elementwise || !row.cost) return {};
  const std::vector<Type> scalars(3, Type{DType::f64, {}});
  const Attrs none(row.attrs.size());
  if (row.cost({scalars, scalars, {row, none}}) < 10) return {};
  return {.units = 2};
}

Allowed allowed_sum(std::int64_t n, const Literal& scale) {
  const DType dtype = scale.type.dtype;
  const double u = epsilon(compute_dtype(dtype)) / 2, count = static_cast<double>(n);
  // A result in 16 bits is rounded once more.
  Allowed allowed{.units = compute_dtype(dtype) == dtype ? 0.0 : 1.0};
  for (std::int64_t i = 0; i < scale.type.elements(); ++i) {
    const double sum = literal_real(scale, i);
    allowed.absolute.push_back(std::isfinite(sum) ? 2 * count * u / (1 - count * u) * sum : 0);
  }
  return allowed;
}

Literal magnitude(const Literal& literal) {
  auto bytes = std::make_shared<std::vector<std::byte>>(*literal.bytes);
  for (std::int64_t i = 0; i < literal.type.elements(); ++i)
    store_real(literal.type.dtype, bytes->data(), i, std::fabs(literal_real(literal, i)));
  return {literal.type, bytes};
}

std::string difference(const Literal& got, const Literal& want, const Allowed& allowed) {
  if (got.type != want.type)
    return fmt::format("{}, not {}", to_string(got.type), to_string(want.type));
  const DType dtype = want.type.dtype;
  for (std::int64_t i = 0; i < want.type.elements(); ++i) {
    if (is_float(dtype)) {
      const double a = literal_real(got, i), b = literal_real(want, i);
      if (!near(dtype, a, b, allowed, static_cast<std::size_t>(i)))
        return fmt::format("{} [{}] is {}, not {}", to_string(want.type), i, a, b);
    } else if (literal_integer(got, i) != literal_integer(want, i)) {
      return fmt::format("{} [{}] is {}, not {}", to_string(want.type), i, literal_integer(got, i),
                         literal_integer(want, i));
    }
  }
  return "";
}

} // namespace nnc
