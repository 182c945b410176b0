// Which settings a search tries: every point of a grid, or points that are drawn.
//
// A draw of `name` in trial i comes from `random_bits` with rng = (seed, i) and the path
// `search/name`: neither other names nor the number of trials change it. It is rounded to four
// digits within its range, down to a whole number where one is wanted, so that a row of the table
// can be repeated as it is shown.
#pragma once

#include "frontends/host/train/hyper_parameters.h"

namespace nnc {

/// "lr=0.1,0.01" or "lr=loguniform(1e-4,1)", taken apart.
struct SearchAxis {
  std::string name;
  std::vector<std::string> values = {}; ///< to choose from
  std::string distribution = {};        ///< else this one
  double low = 0, high = 0;
};

/// One row per distribution.
struct Distribution {
  std::string_view name;
  std::string_view doc;
  double (*at)(double u, double low, double high); ///< u in [0, 1)
  bool positive;                                   ///< both ends have to be
};
std::span<const Distribution> distributions();

/// E0625 for what is no setting with values.
Result<SearchAxis> parse_axis(const std::string& text);

struct SearchSpace {
  std::vector<SearchAxis> grid = {}, random = {};
  std::int64_t draws = 0;
};

/// Each as settings in the order of the axes: the grid with its last axis fastest; with draws, each
/// point of the grid with every draw. E0625 for an axis that is given twice, a distribution in a
/// grid, and more than 100,000 trials.
Result<std::vector<std::vector<Setting>>>
trials_of(const SearchSpace& space, std::span<const HyperParameter> known, std::uint32_t seed);

} // namespace nnc
