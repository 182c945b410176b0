// A function called on some rows of a dataset at a time.
#pragma once

#include "frontends/host/session.h"
#include "frontends/host/train/dataset.h"

namespace nnc {

class Batch {
public:
  /// Compiles `function` for `rows` rows. E0306 when the model has a fixed batch of another size,
  /// E0625 when the function needs an input that the data do not feed.
  static Result<Batch> make(Session& session, const std::string& function, const Dataset& data,
                            std::int64_t rows,
                            std::vector<std::pair<std::string, std::int64_t>> sizes);

  std::int64_t rows() const { return rows_; }
  const Signature& signature() const { return function_->signature(); }
  /// Gathers these rows (as many as rows()) and calls.
  Status call(std::span<const std::int64_t> rows);
  /// What the last call gave.
  const Tensor& output(std::size_t i) const { return outputs_[i]; }
  /// The (only) element of a float output.
  double scalar(std::size_t i) const;

private:
  Function* function_ = nullptr;
  std::int64_t rows_ = 0;
  std::vector<const Tensor*> from_; ///< whole data, per input
  std::vector<Tensor> inputs_, outputs_;
};

/// Adds to `sizes` the one by which a function takes this many rows.
void bind_rows(const Dataset& data, std::int64_t rows,
               std::vector<std::pair<std::string, std::int64_t>>& sizes);
/// These rows of every input.
Result<std::vector<NamedTensor>> chosen_rows(const Dataset& data,
                                             std::span<const std::int64_t> rows);

/// The output that is a float scalar and named `wanted`, else the first float scalar.
std::optional<std::size_t> loss_output(const Signature& signature, std::string_view wanted);

} // namespace nnc
