#include "frontends/host/train/shuffle.h"

#include "frontends/nn/initializers.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace nnc {

std::vector<std::int64_t> shuffled_rows(std::int64_t rows, std::uint32_t seed,
                                        std::uint32_t epoch) {
  const auto count = static_cast<std::size_t>(rows);
  const auto key = nn::philox_site_key({seed, epoch}, "shuffle");
  std::vector<std::uint32_t> words(count);
  for (std::size_t i = 0; i < count; i += 4) {
    const std::uint64_t block = i / 4;
    const auto four = nn::philox_block(
        key, {static_cast<std::uint32_t>(block), static_cast<std::uint32_t>(block >> 32), 0, 0});
    for (std::size_t k = 0; k < 4 && i + k < count; ++k) words[i + k] = four[k];
  }
  std::vector<std::int64_t> order(count);
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, {},
                           [&](std::int64_t row) { return words[static_cast<std::size_t>(row)]; });
  return order;
}

RowOrder::RowOrder(std::int64_t rows, HeldBack shares, std::uint32_t seed)
    : rows_(rows), seed_(seed), held_back_(static_cast<std::size_t>(rows), false) {
  const auto part = [rows](double share) {
    return static_cast<std::int64_t>(std::floor(share * static_cast<double>(rows)));
  };
  const std::int64_t validation = part(shares.validation);
  const std::int64_t test = std::min(part(shares.test), rows - validation);
  training_rows_ = rows - validation - test;
  if (training_rows_ == rows) return;
  const auto order = shuffled_rows(rows, seed, 0);
  test_.assign(order.begin() + training_rows_, order.end() - validation);
  validation_.assign(order.end() - validation, order.end());
  for (const auto* held : {&test_, &validation_})
    for (const std::int64_t row : *held) held_back_[static_cast<std::size_t>(row)] = true;
}

std::vector<std::int64_t> RowOrder::training() const {
  std::vector<std::int64_t> rows;
  for (std::int64_t row = 0; row < rows_; ++row)
    if (!held_back_[static_cast<std::size_t>(row)]) rows.push_back(row);
  return rows;
}

std::vector<std::int64_t> RowOrder::training(std::uint32_t epoch) const {
  std::vector<std::int64_t> order = shuffled_rows(rows_, seed_, epoch);
  std::erase_if(order, [&](std::int64_t row) { return held_back_[static_cast<std::size_t>(row)]; });
  return order;
}

} // namespace nnc
