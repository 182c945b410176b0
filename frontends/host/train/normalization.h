// Features with mean 0 and standard deviation 1: (x - mean) / deviation, element by element of a
// row, with the mean and the deviation (divided by n) of the training rows.
//
// A checkpoint keeps both as f64 tensors of the shape of a row, named `x:mean` and `x:deviation`
// after the input: names that no value of a model can have. An element that is the same in all
// rows has deviation 1, so that it becomes 0.
#pragma once

#include "runtime/checkpoint.h"
#include "runtime/tensor.h"

#include <optional>

namespace nnc {

struct Normalization {
  std::string input;
  Tensor mean, deviation; ///< f64, of the shape of one row

  /// `rows` is float and has rows of this many elements, else E0615. Computed in f64.
  Status apply(Tensor& rows) const;
  /// Where a checkpoint keeps them.
  std::vector<Slot> slots();
};

/// Of these rows of the features of an input, in this order. `rows` is not empty.
Result<Normalization> normalization_of(const std::string& input, const Tensor& features,
                                       std::span<const std::int64_t> rows);
/// What a weight file keeps for `input`; nothing when it has no such.
Result<std::optional<Normalization>> stored_normalization(std::span<const std::byte> bytes,
                                                          std::string_view file,
                                                          const std::string& input);

} // namespace nnc
