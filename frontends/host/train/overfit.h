// Whether a model can learn a few rows by heart: the first question to ask of one that does not
// learn. If it cannot, the units that let no gradient through are named.
#pragma once

#include "frontends/host/train/layers.h"
#include "frontends/host/train/trainer.h"

namespace nnc {

inline constexpr double near_zero = 0.01; ///< of the first loss

struct Overfit {
  bool interrupted = false;
  bool fits = false; ///< the loss fell below near_zero of the first one
  std::int64_t rows = 0, epochs = 0;
  double first_loss = 0, loss = 0;     ///< of the first and of the last epoch
  std::vector<LayerState> layers = {}; ///< when it does not fit, with the weights at the end
};

/// Trains on the first `rows` rows of the order for epoch 0, all of them if there are fewer, for
/// `options.epochs` epochs at most. Nothing is held back, saved or logged.
Result<Overfit> overfit(Session& session, const FunctionDoc& function, const Dataset& data,
                        std::int64_t rows, const TrainOptions& options,
                        const TrainObserver& observer = {});

} // namespace nnc
