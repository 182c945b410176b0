#include "ir/suggest.h"

#include <algorithm>
#include <vector>

namespace nnc {
namespace {

/// Edit distance with swaps of neighbours as one edit; stops mattering above `limit`.
std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit) {
  if (a.size() > b.size() + limit || b.size() > a.size() + limit) return limit + 1;
  std::vector<std::size_t> before(b.size() + 1), above(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) above[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before.swap(above);
    above.swap(row);
  }
  return above[b.size()];
}

} // namespace

std::string_view nearest_name(std::string_view name, std::span<const std::string_view> known) {
  const std::size_t limit = name.size() <= 2 ? 1 : 2;
  std::string_view best;
  std::size_t distance = limit + 1;
  for (const std::string_view candidate : known) {
    const std::size_t edits = edit_distance(name, candidate, limit);
    if (edits < distance && edits < candidate.size()) {
      distance = edits;
      best = candidate;
    }
  }
  return best;
}

std::string did_you_mean(std::string_view name, std::span<const std::string_view> known) {
  const std::string_view best = nearest_name(name, known);
  return best.empty() ? std::string{} : "did you mean '" + std::string(best) + "'?";
}

} // namespace nnc
