#include "frontends/formula/number.h"

#include "ir/attributes.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <numbers>
#include <optional>

namespace nnc::formula {
namespace {

constexpr double most = 1 << 24;       ///< of an integer in a fraction with 1
constexpr int most_parts = 64;         ///< of a denominator with another numerator
constexpr std::size_t short_text = 6;  ///< characters of a decimal that needs no fraction
constexpr double most_radicand = 1024; ///< below a root
constexpr int most_times = 16;         ///< of an integer beside a number with a name

/// Numbers that have names in textbooks.
struct Named {
  double value;
  const char* name;
};
const std::array named_numbers = {Named{std::numbers::pi, "pi"},
                                  Named{std::sqrt(std::numbers::pi), "sqrt(pi)"},
                                  Named{std::sqrt(2 / std::numbers::pi), "sqrt(2 / pi)"},
                                  Named{std::sqrt(2 * std::numbers::pi), "sqrt(2 pi)"},
                                  Named{std::numbers::sqrt2, "sqrt(2)"},
                                  Named{std::numbers::ln2, "log(2)"},
                                  Named{std::numbers::ln10, "log(10)"},
                                  Named{std::log(2 * std::numbers::pi), "log(2 pi)"}};

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

/// The n of sqrt(n), or of 1 / sqrt(n) with `inverse`; 0 for other numbers.
double radicand(double value, bool inverse) {
  const double square = inverse ? 1 / (value * value) : value * value, whole = std::round(square);
  return whole >= 2 && whole <= most_radicand && near(square, whole) ? whole : 0;
}

/// A positive number as times / by of a number with a name, or of its inverse.
struct Multiple {
  double times, by;
  const Named* of;
  bool inverse;
  double value() const { return times / by * (inverse ? 1 / of->value : of->value); }
};

/// The first of all multiples for which `fits` says so; simple ones come first.
template <class Fits>
std::optional<Multiple> multiple_of_named(double value, Fits fits) {
  for (const bool whole : {true, false})
    for (const Named& each : named_numbers)
      for (const bool inverse : {true, false}) {
        const double ratio = inverse ? value * each.value : value / each.value;
        const double count = std::round(whole ? ratio : 1 / ratio);
        if (!(count >= (whole ? 1 : 2) && count <= most_times)) continue;
        const Multiple made{whole ? count : 1, whole ? 1 : count, &each, inverse};
        if (fits(made.value())) return made;
      }
  return std::nullopt;
}

Fraction fraction(const Multiple& multiple) {
  const auto times = [](double count, const std::string& text) {
    return count == 1 ? text : fmt::format("{:.0f} {}", count, text);
  };
  const std::string name = multiple.of->name, by = fmt::format("{:.0f}", multiple.by);
  if (!multiple.inverse) return {times(multiple.times, name), by};
  const bool alone = multiple.by == 1;
  return {fmt::format("{:.0f}", multiple.times), alone ? name : "(" + by + " " + name + ")"};
}

double parsed(const std::string& text) {
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// A root, or a multiple of a number with a name, that is `value` in the dtype.
std::optional<double> with_a_name(double value, DType dtype) {
  const auto fits = [&](double near) { return rounded(near, dtype) == value; };
  for (const bool inverse : {true, false}) {
    const double square = std::round(inverse ? 1 / (value * value) : value * value);
    const double root = inverse ? 1 / std::sqrt(square) : std::sqrt(square);
    if (square >= 2 && square <= most_radicand && fits(root)) return root;
  }
  const auto multiple = multiple_of_named(value, fits);
  return multiple ? std::optional(multiple->value()) : std::nullopt;
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
  // Of fewer bits than f32 has, most numbers are near to a number with a name.
  if (text.size() > short_text && dtype_size(dtype) >= 4)
    if (const auto known = with_a_name(std::abs(value), dtype)) return std::copysign(*known, value);
  return parsed(text);
}

Fraction fraction(double value, DType dtype) {
  if (integer(value)) return {fmt::format("{:.0f}", value), "1"};
  const double inverse = std::round(1 / value);
  if (near(1 / inverse, value) && inverse <= most) return {"1", fmt::format("{:.0f}", inverse)};
  const std::string text = decimal(value, dtype);
  if (text.size() <= short_text) return {text, "1"};
  if (const double n = radicand(value, true); n > 0) return {"1", fmt::format("sqrt({})", n)};
  if (const double n = radicand(value, false); n > 0) return {fmt::format("sqrt({})", n), "1"};
  const auto fits = [&](double number) { return near(number, value); };
  if (const auto multiple = multiple_of_named(value, fits)) return fraction(*multiple);
  for (int parts = 3; parts <= 1024; ++parts) {
    const double top = std::round(value * parts);
    if (top != 0 && top < 1e6 && near(top / parts, value))
      return {fmt::format("{:.0f}", top), fmt::format("{}", parts)};
  }
  return {text, "1"};
}

Fraction plain_fraction(double value, DType dtype) {
  if (integer(value)) return fraction(value, dtype);
  for (int parts = 2; parts <= most_times; ++parts)
    if (const double top = std::round(value * parts); near(top / parts, value) && top <= most_parts)
      return {fmt::format("{:.0f}", top), fmt::format("{}", parts)};
  return fraction(value, dtype);
}

std::string number_text(double value, DType dtype) {
  if (!std::isfinite(value) || integer(value)) return decimal(value, dtype);
  const std::string text = decimal(value, dtype);
  if (text.size() <= short_text + 1) return text;
  const Fraction parts = fraction(std::abs(value), dtype);
  const std::string sign = value < 0 ? "-" : "";
  if (parts.bottom == "1") return sign + parts.top;
  return fmt::format("{}{} / {}", sign, parts.top, parts.bottom);
}

} // namespace nnc::formula
