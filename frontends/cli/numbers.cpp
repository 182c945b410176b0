#include "frontends/cli/numbers.h"
#include "runtime/number_text.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

namespace nnc::cli {
namespace {

constexpr double unlimited = std::numeric_limits<double>::infinity();
constexpr std::string_view bytes_text =
    "bytes, 1 or more: plain, or with K, M or G (2^10, 2^20, 2^30) behind, as in 512M";

std::optional<std::int64_t> bytes(std::string_view text) {
  constexpr std::string_view units = "KMG";
  std::int64_t unit = 1;
  if (!text.empty())
    if (const auto at = units.find(text.back() & ~0x20); at != std::string_view::npos) {
      unit = std::int64_t{1} << (10 * (at + 1));
      text.remove_suffix(1);
    }
  auto value = parse_number<std::int64_t>(text);
  if (value && __builtin_mul_overflow(*value, unit, &*value)) return std::nullopt;
  return value;
}

bool fits(const Limits& limits, double value) {
  return std::isfinite(value) && value >= limits.least && value <= limits.most;
}

std::string expected(const Option& option, bool whole) {
  const Limits& limits = option.limits;
  if (limits.bytes) return std::string(bytes_text);
  std::string text = whole ? "a whole number" : "a number";
  const auto shown = [&](double limit) {
    return whole ? fmt::format("{:.0f}", limit) : fmt::format("{}", limit);
  };
  if (limits.least > -unlimited && limits.most < unlimited)
    return text + fmt::format(", {} to {}", shown(limits.least), shown(limits.most));
  return limits.least > -unlimited ? text + fmt::format(", {} or more", shown(limits.least)) : text;
}

struct ReadNumber {
  const Option& option;
  const std::string& text;

  std::optional<std::string> operator()(std::int64_t* target) const {
    const auto value = option.limits.bytes ? bytes(text) : parse_number<std::int64_t>(text);
    if (!value || !fits(option.limits, static_cast<double>(*value))) return expected(option, true);
    *target = *value;
    return std::nullopt;
  }
  std::optional<std::string> operator()(double* target) const {
    const auto value = parse_number<double>(text);
    if (!value || !fits(option.limits, *value)) return expected(option, false);
    *target = *value;
    return std::nullopt;
  }
  template <class T>
  std::optional<std::string> operator()(std::optional<T>* target) const {
    return (*this)(&target->emplace());
  }
  template <class T>
  std::optional<std::string> operator()(T*) const {
    return std::nullopt;
  }
};

} // namespace

Option within(double least, double most, Option option) {
  option.limits = {least, most};
  return option;
}

Option seed_option(std::int64_t& seed, std::string help) {
  return within(0, UINT32_MAX, {"--seed", "N", std::move(help), &seed});
}

Option threads_option(std::int64_t& threads) {
  return within(1, 1024, {"--threads", "N", "threads for large kernels (1)", &threads});
}

Option memory_option(std::int64_t& bytes) {
  Option option =
      within(1, unlimited,
             {"--max-memory", "BYTES", "refuse to take more; K, M, G: KiB, MiB, GiB", &bytes});
  option.limits.bytes = true;
  return option;
}

std::optional<std::string> read_number(const Option& option, const std::string& text) {
  return std::visit(ReadNumber{option, text}, option.target);
}

} // namespace nnc::cli
