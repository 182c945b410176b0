// Training: a function of a model that updates its params, called over rows of data epoch by
// epoch, with validation, schedules that the host drives, a log and checkpoints.
//
// Everything that a run depends on is in its checkpoint (params, state, rng, place in the data,
// sums of the epoch so far), so a run that was stopped at any step and resumed gives the same
// bits as one that was not. docs/training.md is the contract for users.
#pragma once

#include "frontends/host/dataset.h"
#include "frontends/host/session.h"

#include <atomic>

namespace nnc {

struct TrainOptions {
  std::string function = {}; ///< empty: `train`, else the only one that updates params
  std::int64_t epochs = 1;
  std::int64_t batch = 0; ///< 0: what the model says
  double validation = 0;  ///< fraction of the rows that are held back
  std::uint32_t seed = 0;
  std::string checkpoint = {}; ///< written after every epoch and when the run is stopped
  bool resume = false;         ///< goes on from the checkpoint, if there is one
  std::string log = {};        ///< CSV, one row an epoch
  std::vector<std::pair<std::string, std::int64_t>> sizes = {};
};

/// One epoch. Losses are means over its rows.
struct EpochReport {
  std::int64_t epoch = 0; ///< from 1
  double loss = 0;        ///< before each step, on the rows of that step
  std::optional<double> valid_loss = {}, valid_accuracy = {};
  double milliseconds = 0;
};

struct TrainObserver {
  /// Asked before every step; true ends the run after saving it.
  std::function<bool()> stop = [] { return false; };
  std::function<void(const EpochReport&)> epoch = [](const EpochReport&) {};
};

struct TrainOutcome {
  std::vector<EpochReport> epochs; ///< those of this run and, resumed, those before it
  bool interrupted = false;
  std::int64_t resumed_steps = 0; ///< done before this run
  std::int64_t steps = 0;         ///< done by this run
};

/// The function of the model that `nnc train` calls; E0312 when it is not clear which.
Result<const FunctionDoc*> training_function(const Source& source, const std::string& asked);

/// Errors: E0625 for data and options that do not fit together, E0606 when the loss is no longer
/// finite, E0706 and E0707 for a checkpoint that is not of this run, and those of the parts.
Result<TrainOutcome> train(Session& session, const FunctionDoc& function, const Dataset& data,
                           const TrainOptions& options, const TrainObserver& observer = {});

} // namespace nnc
