// The order in which a training run visits its rows (language.md 4.13).
//
// In epoch e the rows are sorted by the words of `random_bits` with rng = (seed, e) and the path
// `shuffle`, stably; row i of the data has word i. Validation rows are the last of that order for
// e = 0, and the epochs 1, 2, ... visit all others.
#pragma once

#include <cstdint>
#include <vector>

namespace nnc {

/// All rows in the order of epoch `epoch`.
std::vector<std::int64_t> shuffled_rows(std::int64_t rows, std::uint32_t seed, std::uint32_t epoch);

class RowOrder {
public:
  /// `fraction` of the rows, rounded down, are for validation; 0 <= fraction < 1.
  RowOrder(std::int64_t rows, double fraction, std::uint32_t seed);

  const std::vector<std::int64_t>& validation() const { return validation_; }
  std::int64_t training_rows() const { return training_rows_; }
  /// The training rows as epoch `epoch` (from 1) visits them.
  std::vector<std::int64_t> training(std::uint32_t epoch) const;

private:
  std::int64_t rows_, training_rows_;
  std::uint32_t seed_;
  std::vector<std::int64_t> validation_;
  std::vector<bool> held_back_;
};

} // namespace nnc
