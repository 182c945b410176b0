#include "compiler/seeds/choice.h"

#include "compiler/seeds/limits.h"

#include <algorithm>

namespace nnc {
namespace {

using Bytes = std::int64_t SeedTry::*;

/// `most` and its halves, down to 1.
std::vector<std::int64_t> halves(std::int64_t most) {
  std::vector<std::int64_t> counts{most};
  while (counts.back() > 1) counts.push_back((counts.back() + 1) / 2);
  return counts;
}

/// Of a try that takes too much, those with fewer seeds.
class Fewer {
public:
  Fewer(SeedTry whole, SeedUse use, Bytes bytes, const TrySeeds& try_seeds)
      : whole_(std::move(whole)), use_(use), bytes_(bytes), try_seeds_(try_seeds),
        counts_(halves(most_seeds(whole_.asked, use))) {}

  /// The most seeds within the limit, which may depend on what one seed at a time takes.
  SeedTry most_within(const std::function<std::int64_t(std::int64_t one)>& limit_for) {
    SeedTry best = with(counts_.back());
    const std::int64_t one = best.*bytes_, limit = limit_for(one);
    if (whole_.*bytes_ <= std::max(limit, one)) return std::move(whole_);
    std::size_t exceeds = 0, fits = counts_.size() - 1;
    while (one <= limit && fits - exceeds > 1) {
      const std::size_t middle = (exceeds + fits) / 2;
      SeedTry tried = with(counts_[middle]);
      const bool within = tried.*bytes_ <= limit;
      (within ? fits : exceeds) = middle;
      if (within) best = std::move(tried);
    }
    return best;
  }

private:
  SeedTry with(std::int64_t count) const {
    return try_seeds_(limit_seeds(whole_.asked, count, use_));
  }

  SeedTry whole_;
  SeedUse use_;
  Bytes bytes_;
  const TrySeeds& try_seeds_;
  std::vector<std::int64_t> counts_;
};

} // namespace

SeedTry choose_seeds(Graph graph, std::int64_t max_memory, const TrySeeds& try_seeds) {
  SeedTry best = try_seeds(std::move(graph));
  if (most_seeds(best.asked, SeedUse::summed) > few_seeds && best.workspace > workspace_of_sums)
    best = Fewer(std::move(best), SeedUse::summed, &SeedTry::workspace, try_seeds)
               .most_within([](std::int64_t one) {
                 return std::max(workspace_of_sums, one > max_bytes / 2 ? max_bytes : 2 * one);
               });
  if (most_seeds(best.asked) > 1 && best.call > max_memory)
    best = Fewer(std::move(best), SeedUse::any, &SeedTry::call, try_seeds)
               .most_within([&](std::int64_t) { return max_memory; });
  return best;
}

} // namespace nnc
