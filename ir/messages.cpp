#include "ir/messages.h"

#include "ir/printable.h"

#include <algorithm>
#include <numeric>
#include <vector>

namespace nnc {

namespace {

char small(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool equal_but_for_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, small, small);
}

} // namespace

std::string quote(std::string_view text, std::size_t limit) {
  std::size_t end = std::min(text.size(), limit);
  while (end > 0 && end < text.size() && continues_character(text[end])) --end;
  return "'" + printable(text.substr(0, end)) + (text.size() > end ? "...'" : "'");
}

int edit_distance(std::string_view a, std::string_view b, int limit) {
  const auto difference = a.size() > b.size() ? a.size() - b.size() : b.size() - a.size();
  if (difference > static_cast<std::size_t>(limit)) return limit + 1;
  std::vector<int> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  std::iota(last.begin(), last.end(), 0);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = static_cast<int>(i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const int replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({replaced, last[j] + 1, row[j - 1] + 1});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    if (*std::min_element(row.begin(), row.end()) > limit) return limit + 1;
    before.swap(last);
    last.swap(row);
  }
  return std::min(last.back(), limit + 1);
}

std::optional<std::string_view> nearest_name(std::string_view name,
                                             std::span<const std::string_view> candidates) {
  // Nearly every short name is two edits away from any other.
  int best = name.size() <= 4 ? 1 : 2;
  std::optional<std::string_view> nearest;
  for (const std::string_view candidate : candidates)
    if (equal_but_for_case(name, candidate)) return candidate;
  for (const std::string_view candidate : candidates) {
    const int distance = edit_distance(name, candidate, best);
    if (distance > best || (nearest && distance == best)) continue;
    if (distance == static_cast<int>(std::max(name.size(), candidate.size()))) continue;
    best = distance;
    nearest = candidate;
  }
  return nearest;
}

std::string did_you_mean(std::string_view name, std::span<const std::string_view> candidates) {
  const auto nearest = nearest_name(name, candidates);
  return nearest ? "did you mean " + quote(*nearest) + "?" : std::string();
}

std::string did_you_mean(std::string_view name, std::span<const std::string> candidates) {
  const std::vector<std::string_view> views(candidates.begin(), candidates.end());
  return did_you_mean(name, views);
}

} // namespace nnc
