#include "frontends/formula/number.h"

#include "ir/attributes.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

namespace nnc::formula {
namespace {

constexpr double most = 1 << 24;      ///< of an integer in a fraction with 1
constexpr int most_parts = 64;        ///< of a denominator with another numerator
constexpr std::size_t short_text = 6; ///< characters of a decimal that needs no fraction

double rounded(double value, DType dtype) {
  std::byte bytes[8];
  store_real(dtype, bytes, 0, value);
  return load_real(dtype, bytes, 0);
}

bool integer(double x) { return x == std::round(x) && std::abs(x) < 1e15; }
bool near(double a, double b) { return std::abs(a - b) <= 1e-12 * std::abs(b); }

/// 1e-05 is written 1e-5.
std::string decimal(double value, DType dtype) {
  std::string text = real_text(value, dtype);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  for (const char* zero : {"e-0", "e+0", "e0"})
    if (const auto at = text.find(zero); at != std::string::npos)
      text.erase(at + std::string_view(zero).size() - 1, 1);
  return text;
}

double parsed(const std::string& text) {
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

} // namespace

double meant(double value, DType dtype) {
  if (!std::isfinite(value) || integer(value) || !is_float(dtype)) return value;
  const double inverse = std::round(1 / value);
  if (std::abs(inverse) <= most && rounded(1 / inverse, dtype) == value) return 1 / inverse;
  const std::string text = real_text(value, dtype);
  if (text.size() > short_text + 2)
    for (int parts = 3; parts <= most_parts; ++parts)
      if (const double top = std::round(value * parts); rounded(top / parts, dtype) == value)
        return top / parts;
  return parsed(text);
}

Fraction fraction(double value, DType dtype) {
  if (integer(value)) return {fmt::format("{:.0f}", value), "1"};
  const double inverse = std::round(1 / value);
  if (near(1 / inverse, value) && inverse <= most) return {"1", fmt::format("{:.0f}", inverse)};
  const std::string text = decimal(value, dtype);
  if (text.size() <= short_text) return {text, "1"};
  for (int parts = 3; parts <= 1024; ++parts) {
    const double top = std::round(value * parts);
    if (top != 0 && top < 1e6 && near(top / parts, value))
      return {fmt::format("{:.0f}", top), fmt::format("{}", parts)};
  }
  return {text, "1"};
}

std::string number_text(double value, DType dtype) {
  if (!std::isfinite(value) || integer(value)) return decimal(value, dtype);
  const std::string text = decimal(value, dtype);
  if (text.size() <= short_text + 1) return text;
  const Fraction parts = fraction(std::abs(value), dtype);
  if (parts.bottom == "1") return text;
  return fmt::format("{}{} / {}", value < 0 ? "-" : "", parts.top, parts.bottom);
}

} // namespace nnc::formula
