// The steps of an epoch: batches of rows in its order, the last one smaller.
#pragma once

#include "frontends/host/train/batch.h"
#include "frontends/host/train/shuffle.h"

namespace nnc {

class EpochSteps {
public:
  /// Compiles `function` for batches of `batch` rows and for what is left of an epoch. E0625 when
  /// it gives no loss.
  static Result<EpochSteps> make(Session& session, const FunctionDoc& function, const Dataset& data,
                                 const RowOrder& order, std::int64_t batch,
                                 const std::vector<std::pair<std::string, std::int64_t>>& sizes);

  /// Steps of an epoch.
  std::int64_t count() const { return (training_rows_ + batch_ - 1) / batch_; }
  std::int64_t batch() const { return batch_; }
  /// The value whose mean over a batch every step gives.
  const std::string& loss_name() const { return loss_name_; }

  /// Step `step` of an epoch that visits `rows`; the sum of the losses of its rows.
  struct Done {
    double loss = 0; ///< of the batch
    double row_losses = 0;
  };
  Result<Done> step(std::span<const std::int64_t> rows, std::int64_t step);

private:
  std::int64_t batch_ = 0, training_rows_ = 0;
  std::optional<Batch> whole_, partial_; ///< the last batch of an epoch may be smaller
  std::size_t loss_ = 0;
  std::string loss_name_;
};

/// The rows of a step: `asked`, else what the model says, at most all. E0307 when nothing says it.
Result<std::int64_t> batch_rows(const Dataset& data, const RowOrder& order, std::int64_t asked);

} // namespace nnc
