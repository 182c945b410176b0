// The order in which a training run visits its rows (language.md 4.13).
//
// In epoch e the rows are sorted by the words of `random_bits` with rng = (seed, e) and the path
// `shuffle`, stably; row i of the data has word i. Validation rows are the last of that order for
// e = 0, test rows those before them, and the epochs 1, 2, ... visit all others.
#pragma once

#include <cstdint>
#include <vector>

namespace nnc {

/// All rows in the order of epoch `epoch`.
std::vector<std::int64_t> shuffled_rows(std::int64_t rows, std::uint32_t seed, std::uint32_t epoch);

/// Shares of the rows that are held back, each rounded down to whole rows.
struct HeldBack {
  double validation = 0, test = 0;
};

class RowOrder {
public:
  /// Both shares are in [0, 1]; where they leave no rows there are no training rows.
  RowOrder(std::int64_t rows, HeldBack shares, std::uint32_t seed);

  const std::vector<std::int64_t>& validation() const { return validation_; }
  const std::vector<std::int64_t>& test() const { return test_; }
  std::int64_t training_rows() const { return training_rows_; }
  /// The training rows in the order of the data.
  std::vector<std::int64_t> training() const;
  /// The training rows as epoch `epoch` (from 1) visits them.
  std::vector<std::int64_t> training(std::uint32_t epoch) const;

private:
  std::int64_t rows_, training_rows_;
  std::uint32_t seed_;
  std::vector<std::int64_t> validation_, test_;
  std::vector<bool> held_back_;
};

} // namespace nnc
