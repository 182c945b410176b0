#include "frontends/host/train/search_space.h"

#include "frontends/nn/initializers.h"
#include "ir/messages.h"
#include "runtime/number_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

namespace nnc {
namespace {

constexpr std::size_t most_trials = 100'000;

constexpr std::array rows = {
    Distribution{"uniform", "every number from a to b alike",
                 [](double u, double a, double b) { return a + u * (b - a); }, false},
    Distribution{"loguniform", "every order of magnitude from a to b alike",
                 [](double u, double a, double b) { return a * std::pow(b / a, u); }, true}};

Error axis_error(std::string message, std::string help = {}) {
  return {.code = "E0625", .message = std::move(message), .help = std::move(help)};
}

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> parts;
  while (true) {
    const std::size_t end = std::min(text.find(','), text.size());
    parts.emplace_back(text.substr(0, end));
    if (end == text.size()) return parts;
    text.remove_prefix(end + 1);
  }
}

Status read_ends(SearchAxis& axis, const Distribution& distribution, const std::string& inside) {
  const auto ends = split(inside);
  std::array<double, 2> numbers{};
  for (std::size_t i = 0; i < ends.size() && ends.size() == 2; ++i)
    numbers[i] = parse_number<double>(ends[i]).value_or(NAN);
  const auto [low, high] = numbers;
  const bool right = ends.size() == 2 && std::isfinite(low) && std::isfinite(high) && low < high;
  if (!right || (distribution.positive && low <= 0))
    return axis_error(
        fmt::format("{}={}({}) is no distribution", axis.name, distribution.name, inside),
        distribution.positive ? "loguniform(a,b) with 0 < a < b" : "uniform(a,b) with a < b");
  axis.low = low;
  axis.high = high;
  return std::nullopt;
}

/// A number in [0, 1) of 53 bits, as random_uniform in f64 makes it (language.md 4.7).
double draw(std::uint32_t seed, std::size_t trial, const std::string& name) {
  const auto key = nn::philox_site_key({seed, static_cast<std::uint32_t>(trial)}, "search/" + name);
  const auto words = nn::philox_block(key, {0, 0, 0, 0});
  const std::uint64_t both = (std::uint64_t{words[1]} << 32) | words[0];
  return static_cast<double>(both >> 11) * 0x1p-53;
}

std::string drawn_value(const SearchAxis& axis, bool whole, double u) {
  if (axis.distribution.empty())
    return axis.values[static_cast<std::size_t>(u * static_cast<double>(axis.values.size()))];
  const auto row = std::ranges::find(rows, axis.distribution, &Distribution::name);
  // The last whole number has as much room as the others.
  const double value = row->at(u, axis.low, whole ? axis.high + 1 : axis.high);
  if (whole) return fmt::format("{}", static_cast<std::int64_t>(std::floor(value)));
  const double rounded = *parse_number<double>(fmt::format("{:.4g}", value));
  return fmt::format("{}", std::clamp(rounded, axis.low, axis.high));
}

Status check_axes(const SearchSpace& space) {
  std::set<std::string_view> names;
  for (const auto* axes : {&space.grid, &space.random})
    for (const SearchAxis& axis : *axes)
      if (!names.insert(axis.name).second)
        return axis_error(fmt::format("the values of {} are given twice", quote(axis.name)));
  for (const SearchAxis& axis : space.grid)
    if (!axis.distribution.empty())
      return axis_error(fmt::format("{}: a grid takes values, not a distribution", axis.name),
                        "--random N draws from it");
  return std::nullopt;
}

std::vector<std::vector<Setting>> grid_points(std::span<const SearchAxis> grid) {
  std::vector<std::vector<Setting>> points = {{}};
  for (const SearchAxis& axis : grid) {
    std::vector<std::vector<Setting>> longer;
    for (const auto& point : points)
      for (const std::string& value : axis.values) {
        longer.push_back(point);
        longer.back().push_back({axis.name, value});
      }
    points = std::move(longer);
  }
  return points;
}

} // namespace

std::span<const Distribution> distributions() { return rows; }

Result<SearchAxis> parse_axis(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == text.size())
    return axis_error(fmt::format("{} is no setting with values", quote(text)), "lr=0.1,0.01");
  SearchAxis axis{.name = text.substr(0, equals)};
  const std::string rest = text.substr(equals + 1);
  const std::size_t open = rest.find('(');
  if (open == std::string::npos) {
    axis.values = split(rest);
    if (std::ranges::find(axis.values, "") != axis.values.end())
      return axis_error(fmt::format("a value of {} is empty", quote(text)));
    return axis;
  }
  axis.distribution = rest.substr(0, open);
  const auto row = std::ranges::find(rows, axis.distribution, &Distribution::name);
  if (row == rows.end() || !rest.ends_with(")")) {
    std::vector<std::string> known;
    for (const Distribution& one : rows) known.emplace_back(one.name);
    const std::string nearest = did_you_mean(axis.distribution, known);
    return axis_error(fmt::format("{} is no distribution", quote(rest)),
                      nearest.empty() || row != rows.end()
                          ? fmt::format("there are {}(a,b)", fmt::join(known, "(a,b), "))
                          : nearest);
  }
  if (Status error = read_ends(axis, *row, rest.substr(open + 1, rest.size() - open - 2)))
    return *error;
  return axis;
}

Result<std::vector<std::vector<Setting>>>
trials_of(const SearchSpace& space, std::span<const HyperParameter> known, std::uint32_t seed) {
  if (Status error = check_axes(space)) return *error;
  double count = static_cast<double>(std::max<std::int64_t>(space.draws, 1));
  for (const SearchAxis& axis : space.grid) count *= static_cast<double>(axis.values.size());
  if (count > static_cast<double>(most_trials))
    return axis_error(fmt::format("{:.0f} trials are too many", count));
  const auto points = grid_points(space.grid);
  if (space.draws == 0) return points;
  std::vector<std::vector<Setting>> trials;
  for (std::size_t i = 0; i < static_cast<std::size_t>(space.draws); ++i)
    for (const auto& point : points) {
      trials.push_back(point);
      for (const SearchAxis& axis : space.random) {
        const auto found = std::ranges::find(known, axis.name, &HyperParameter::name);
        const bool whole = found != known.end() && found->whole;
        trials.back().push_back({axis.name, drawn_value(axis, whole, draw(seed, i, axis.name))});
      }
    }
  return trials;
}

} // namespace nnc
